// What a page has to load for `import { FrameDecoder } from "wsimd"`: both kernels, the WASM binary among them.

import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const WSIMD = resolve(import.meta.dirname, "../dist/index.js");

/** A module with `source` and all that it needs, minified. */
async function bundle(source: string): Promise<string> {
  const build = await rolldown({
    input: "page",
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === "page" ? id : null),
        load: (id) => (id === "page" ? source : null),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  expect(output).toHaveLength(1);
  return output[0].code;
}

test("FrameDecoder, bundled, minified and compressed, takes at most 12 KiB, and runs", async () => {
  const code = await bundle(`export { FrameDecoder } from ${JSON.stringify(WSIMD)};`);
  expect(gzipSync(code).length).toBeLessThanOrEqual(12 * 1024);
  // The encoder is not part of it.
  expect(code.includes("getRandomValues")).toBe(false);
  const { FrameDecoder } = (await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  )) as typeof import("../src/index.ts");
  const decoder = new FrameDecoder({ role: "client" });
  expect(decoder.kernel.name).toBe("wasm-simd");
  const [frame] = decoder.frames(Uint8Array.of(0x81, 0x02, 0x68, 0x69));
  expect(frame.text()).toBe("hi");
});
