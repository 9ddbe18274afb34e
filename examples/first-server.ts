import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { FrameEncoder, MessageDecoder, type MessageHandler, ProtocolError } from "wsimd";
import { checkUpgrade, rejection, upgradeResponse } from "wsimd/handshake";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();
const encoder = new FrameEncoder({ role: "server" }); // no state: one for all connections
const server = createServer((_, response) => response.end("WebSockets only.\n")).listen(8081, "127.0.0.1");

server.on("upgrade", ({ method = "", headersDistinct }, socket, head) => {
  socket.on("error", () => socket.destroy()).on("end", () => socket.end());
  const upgrade = checkUpgrade({ method, headers: headersDistinct });
  if (!upgrade.ok) return void socket.end(rejection(upgrade));
  socket.write(upgradeResponse(upgrade, { sha1 }));
  const decoder = new MessageDecoder({ role: "server" });
  const handler: MessageHandler = {
    onMessage: (message) => socket.write(encoder.encode(message.opcode, message.data)), // an echo
    onPing: (payload) => socket.write(encoder.pong(payload)),
    onPong: () => {},
    onClose: ({ code }) => socket.end(encoder.close(code)),
  };
  socket.on("close", () => decoder.discard());
  socket.on("data", (chunk) => {
    try {
      decoder.decode(chunk, handler);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      socket.end(encoder.close(error.closeCode, error.message));
    }
  });
  socket.unshift(head); // what came in one packet with the handshake
});
