import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The package's own folder, found by name: this module runs from `examples` and, compiled, from `examples/dist`. */
const PACKAGE = dirname(createRequire(import.meta.url).resolve("wsimd/package.json"));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  map: "application/json; charset=utf-8",
  wasm: "application/wasm",
};

interface Place {
  /** What the request's path begins with. */
  readonly prefix: string;
  /** The folder that holds what follows. */
  readonly folder: string;
  readonly extensions: readonly string[];
}

const PLACES: readonly Place[] = [
  { prefix: "/wsimd/", folder: join(PACKAGE, "dist"), extensions: ["js", "wasm", "map"] },
  { prefix: "/page/", folder: join(PACKAGE, "examples/dist/page"), extensions: ["js", "map"] },
  { prefix: "/tinybench/", folder: join(PACKAGE, "node_modules/tinybench/dist"), extensions: ["js"] },
  { prefix: "/pako/", folder: join(PACKAGE, "node_modules/pako/dist"), extensions: ["mjs"] },
  { prefix: "/noble-hashes/", folder: join(PACKAGE, "node_modules/@noble/hashes"), extensions: ["js"] },
  { prefix: "/", folder: join(PACKAGE, "examples/page"), extensions: ["html", "css"] },
];

/** Serves the page, and to it the built library as the modules it consists of. */
export async function serveFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    answer(response, 405, "Only GET and HEAD are served here.", { Allow: "GET, HEAD" });
    return;
  }
  const file = locate(request.url ?? "/");
  const content = file === undefined ? undefined : await read(file.path);
  if (file === undefined || content === undefined) {
    answer(response, 404, "There is nothing here.");
    return;
  }
  response.writeHead(200, {
    "Content-Type": CONTENT_TYPES[file.extension],
    "Content-Length": content.length,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    // Browsers give a page that is isolated by these two a timer twenty times as fine, which the panel "Speed" reads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  });
  response.end(request.method === "HEAD" ? undefined : content);
}

/** The file that a request's target names, if it names one that may be served. */
function locate(target: string): { path: string; extension: string } | undefined {
  // RFC 9112 §3.2.2: "a server MUST accept the absolute-form in requests".
  const path = target.replace(/^http:\/\/[^/?#]*/i, "").split(/[?#]/, 1)[0];
  if (path === "/") return locate("/index.html");
  const place = PLACES.find(({ prefix }) => path.startsWith(prefix));
  if (place === undefined) return undefined;
  const names = path.slice(place.prefix.length).split("/");
  // Plain names only: none begins with a dot, and there is no percent sign to decode, so that no path leads out.
  if (!names.every((name) => /^[\w-][\w.-]*$/.test(name))) return undefined;
  const extension = path.slice(path.lastIndexOf(".") + 1);
  return place.extensions.includes(extension) ? { path: join(place.folder, ...names), extension } : undefined;
}

/** The file's bytes, or `undefined` when there is no such file. */
async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

/** Answers with one sentence. */
export function answer(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(`${sentence}\n`);
  response.writeHead(status, {
    ...headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": body.length,
  });
  // Node leaves the body out where the request was HEAD.
  response.end(body);
}
