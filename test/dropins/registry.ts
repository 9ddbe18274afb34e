// What npm installs from, without a network: this checkout's own packages, packed, and whatever the checkout has installed.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const OWN = [".", "./packages/bufferutil", "./packages/utf-8-validate"];

/** A version of a package, and the folder where it lies. */
interface Release {
  readonly folder: string;
  readonly manifest: { readonly name: string; readonly version: string };
}

export interface Registry {
  readonly url: string;
  close(): void;
}

/** A registry on loopback. It packs into `folder`. */
export async function serveRegistry(folder: string): Promise<Registry> {
  // `prepack` would build what is tested, and has been built.
  const options = { cwd: ROOT, shell: process.platform === "win32" };
  await run("npm", ["pack", ...OWN, "--ignore-scripts", "--pack-destination", folder], options);
  const own = OWN.map(releaseIn);
  const lock: { packages: Record<string, object> } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  // What lies deeper is an older version, for one package alone.
  const installed = Object.keys(lock.packages).sort((left, right) => left.length - right.length);

  const releasesOf = (name: string): Release[] => {
    const found = own.filter(({ manifest }) => manifest.name === name);
    return found.length > 0 ? found : installed.filter((path) => path.endsWith(`node_modules/${name}`)).map(releaseIn);
  };

  const server = createServer(async ({ url = "", headers }, response) => {
    const [name, version] = decodeURIComponent(url.slice(1)).split("/-/");
    const releases = releasesOf(name);
    const asked = releases.find(({ manifest }) => manifest.version === version);
    if (asked !== undefined) {
      const packed = join(folder, `${name}-${version}.tgz`);
      response.end(own.includes(asked) ? readFileSync(packed) : await tarballOf(asked));
    } else if (releases.length > 0) {
      response.end(JSON.stringify(packument(releases, `http://${headers.host}/${name}/-/`)));
    } else {
      response.writeHead(404).end();
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

function releaseIn(folder: string): Release {
  return { folder, manifest: JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) };
}

/** npm takes whatever the one folder in it is called. */
async function tarballOf({ folder }: Release): Promise<Buffer> {
  const args = ["-cf", "-", "--exclude", "node_modules", "-C", join(ROOT, dirname(folder)), basename(folder)];
  const { stdout } = await run("tar", args, { encoding: "buffer", maxBuffer: Number.POSITIVE_INFINITY });
  return stdout;
}

/** What a registry tells of a package; its tarballs are at `base`. */
function packument(releases: readonly Release[], base: string): object {
  const [{ manifest }] = releases;
  const versions = releases.map((release) => [
    release.manifest.version,
    { ...release.manifest, dist: { tarball: base + release.manifest.version } },
  ]);
  return { name: manifest.name, "dist-tags": { latest: manifest.version }, versions: Object.fromEntries(versions) };
}
