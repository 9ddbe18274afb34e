// One conversation between a server and a client of `ws`, to be captured: node talk.mjs HOST PORT SCRIPT

import { once } from "node:events";
import { createServer, get } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

const [host, port, script] = process.argv.slice(2);
const perMessageDeflate = script === "deflate" ? { threshold: 0 } : false;

const server = createServer((_, response) => response.end("plain HTTP\n"));
const webSockets = new WebSocketServer({ server, perMessageDeflate, handleProtocols: ([first]) => first });
webSockets.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (message, binary) => socket.send(message, { binary }));
});
server.listen(Number(port), host);
await once(server, "listening");

// A connection that opens no WebSocket.
const address = `${host.includes(":") ? `[${host}]` : host}:${port}/chat`;
await new Promise((done) => get(`http://${address}`, (response) => response.resume().on("end", done)));

const client = new WebSocket(`ws://${address}`, ["chat"], { perMessageDeflate });
await once(client, "open");
const echoed = async (message) => {
  client.send(message);
  await once(client, "message");
};

const scripts = {
  async plain() {
    await echoed("Hello, wörld");
    await echoed("Hello, wörld");
    await echoed(Uint8Array.from({ length: 300 }, (_, at) => at & 255));
    client.send("in ", { fin: false });
    await echoed("fragments");
    client.ping("beat");
    await once(client, "pong");
    client.close(4001, "bye");
  },
  async long() {
    for (const length of [10, 200, 3000]) await echoed("x".repeat(length));
    client.close(1000, "done");
  },
  async violation() {
    await echoed("before");
    client._socket.write(Buffer.from("8302000000006869", "hex"));
  },
};
await (scripts[script] ?? scripts.plain)();
await once(client, "close");
webSockets.close();
server.close();
