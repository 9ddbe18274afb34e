// Builds dist/workerd, what `import "wsimd"` gets in Cloudflare's runtime, by the export condition of that name: dist, with one
// file replaced. workerd forbids compiling while it handles a request, but compiles a .wasm file that a worker imports.
// A condition under "imports" would do without a second tree; but then no page could load dist as it is, without an entry
// for that private name in its import map.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const PRECOMPILED = `import module from "../../../wsimd.wasm";

export function compiledModule() {
    return module;
}
`;

rmSync("dist/workerd", { recursive: true, force: true });
const INLINED = join("kernel", "wasm", "binary.js");
const COMPILED = join("kernel", "wasm", "compiled.js");
const files = readdirSync("dist", { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".js") && file !== INLINED && !file.startsWith("cli"),
);
for (const file of files) {
  const copy = join("dist/workerd", file);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, file === COMPILED ? PRECOMPILED : withMapOfDist(file, copy));
}

/** The text of a file of dist, for another place. */
function withMapOfDist(file, copy) {
  const map = relative(dirname(copy), join("dist", `${file}.map`)).replaceAll("\\", "/");
  return readFileSync(join("dist", file), "utf8").replace(
    /^\/\/# sourceMappingURL=.*$/m,
    `//# sourceMappingURL=${map}`,
  );
}
