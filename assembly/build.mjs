// Builds the kernel: assembly/*.ts → dist/wsimd.wasm → src/kernel/wasm/binary.ts, the module that inlines it.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { main } from "assemblyscript/asc";

const { error, stderr } = await main(["--config", "asconfig.json", "--target", "release"]);
if (error) {
  console.error(stderr.toString() || error.message);
  process.exit(1);
}

/** What `decodeBinary` in src/kernel/wasm/compiled.ts reads: one character for the bytes that are most of a binary, and for
 *  the others two, of which the first adds 88 or 176. */
function printable(byte) {
  for (const [page, prefix] of ["", "|", "}"].entries()) {
    const code = (byte + 36 - 88 * page) & 0xff;
    if (code >= 0x20 && code < 0x7c) return prefix + String.fromCharCode(code);
  }
}

const wasm = readFileSync("dist/wsimd.wasm");
copyFileSync("src/kernel/wasm/file.d.ts", "dist/wasm.d.ts");
writeFileSync(
  "src/kernel/wasm/binary.ts",
  `// Generated from assembly/ by \`npm run build:wasm\`. Do not edit.

/** Printable characters, mostly one a byte: once a server has compressed it, a tenth shorter than hex, and a third than base64. */
export const WASM_TEXT =
  ${JSON.stringify(Array.from(wasm, printable).join(""))};
`,
);
