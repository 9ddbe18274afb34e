// Builds the kernel: assembly/*.ts → dist/wsimd.wasm → src/kernel/wasm/binary.ts, the module that inlines it.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { main } from "assemblyscript/asc";

const { error, stderr } = await main(["--config", "asconfig.json", "--target", "release"]);
if (error) {
  console.error(stderr.toString() || error.message);
  process.exit(1);
}

const wasm = readFileSync("dist/wsimd.wasm");
copyFileSync("src/kernel/wasm/file.d.ts", "dist/wasm.d.ts");
writeFileSync(
  "src/kernel/wasm/binary.ts",
  `// Generated from assembly/ by \`npm run build:wasm\`. Do not edit.

/** Two digits a byte: longer than base64, and a fifth shorter once a server has compressed it. */
export const WASM_HEX =
  "${wasm.toString("hex")}";
`,
);
