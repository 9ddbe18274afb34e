import { createHash } from "node:crypto";
import { connect } from "node:net";
import { ClientOpening, Connection } from "wsimd";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();
const opening = new ClientOpening({ uri: process.argv[2] ?? "ws://127.0.0.1:8081/", sha1 });
if (opening.uri.secure) throw new Error("this example speaks no TLS");
const socket = connect({ host: opening.uri.hostname, port: opening.uri.port, noDelay: true });

let echoes = 0;
const connection = new Connection(
  { role: "client", maxMessageLength: 1_000_000 },
  {
    onOpen() {
      connection.sendText("many frames,");
      connection.sendText("one write");
    },
    onMessage(message) {
      console.log(message.text());
      if (++echoes === 2) connection.close(1000, "done");
    },
    onClose({ code, refused }) {
      if (code !== 1000) console.error(refused ? `${refused.status}: ${refused.reason}` : `closed with ${code}`);
      process.exitCode = code === 1000 ? 0 : 1;
    },
  },
  opening,
);

function act(action: () => void): void {
  action();
  for (let bytes = connection.takeBytes(); bytes !== undefined; bytes = connection.takeBytes()) socket.write(bytes);
  if (connection.finished) socket.end();
}

socket.on("connect", () => act(() => {})); // the request waits already
socket.on("data", (chunk) => act(() => connection.receive(chunk)));
socket.on("end", () => act(() => connection.receiveEof()));
socket.on("error", (error) => console.error(error)); // "close" follows
socket.on("close", () => connection.abort());
