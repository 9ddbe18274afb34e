// What a page has to load for `import { FrameDecoder } from "wsimd"`: both kernels, the WASM binary among them.
import { FrameDecoder } from "wsimd";

const decoder = new FrameDecoder({ role: "client" });
const [frame] = decoder.frames(Uint8Array.of(0x81, 0x02, 0x68, 0x69));
console.log(`${decoder.kernel.name}: ${frame.text()}`);
