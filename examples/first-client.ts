import { createHash, randomBytes } from "node:crypto";
import { get } from "node:http";
import {
  encodeClosePayload,
  FrameBatch,
  FrameEncoder,
  MessageDecoder,
  type MessageHandler,
  Opcode,
  ProtocolError,
} from "wsimd";
import { acceptKey } from "wsimd/handshake";

const key = randomBytes(16).toString("base64");
const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": 13, "Sec-WebSocket-Key": key };

get({ host: "127.0.0.1", port: 8081, headers }).on("upgrade", (response, socket, head) => {
  const expected = acceptKey(key, (bytes) => createHash("sha1").update(bytes).digest());
  if (response.headers["sec-websocket-accept"] !== expected) throw new Error("not a WebSocket server");

  const decoder = new MessageDecoder({ role: "client", maxMessageLength: 1_000_000 });
  const batch = new FrameBatch(new FrameEncoder({ role: "client" })); // masks each frame with a fresh key
  let echoes = 0;
  const handler: MessageHandler = {
    onMessage: (message) => {
      console.log(message.text());
      if (++echoes === 2) batch.add(Opcode.Close, encodeClosePayload(1000, "done"));
    },
    onPing: (payload) => batch.add(Opcode.Pong, payload),
    onPong: () => {},
    onClose: () => void socket.end(),
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    try {
      decoder.decode(chunk, handler);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      batch.add(Opcode.Close, encodeClosePayload(error.closeCode, error.message));
      socket.end(batch.take());
    }
    if (batch.length > 0) socket.write(batch.take());
  });
  socket.unshift(head);

  batch.add(Opcode.Text, "many frames,");
  batch.add(Opcode.Text, "one write");
  socket.write(batch.take());
});
