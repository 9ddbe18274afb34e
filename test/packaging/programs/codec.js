// A codec: what a client sends, a server understands.
import { FrameDecoder, FrameEncoder, Opcode } from "wsimd";

const encoder = new FrameEncoder({ role: "client" });
const decoder = new FrameDecoder({ role: "server" });
const [frame] = decoder.frames(encoder.encode(Opcode.Text, "hi"));
console.log(`${decoder.kernel.name}: ${frame.text()}`);
