// Messages from a client to a server and back, on Socket.IO over WebSocket. Prints as ws.cjs does.

const { name, calls } = require("./counted.cjs");
const assert = require("node:assert/strict");
const { once } = require("node:events");
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { io } = require("socket.io-client");

async function main() {
  const http = createServer();
  const server = new Server(http, { transports: ["websocket"], maxHttpBufferSize: 2_000_000 });
  server.on("connection", (socket) => socket.on("echo", (message, answer) => answer(message)));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const client = io(`http://127.0.0.1:${http.address().port}`, { transports: ["websocket"] });
  for (const length of [1024, 65_536, 1_048_576]) {
    const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * at) >> 3));
    for (const message of [bytes, "é".repeat(length / 2)]) {
      assert.deepEqual(await client.emitWithAck("echo", message), message);
    }
  }
  client.close();
  server.close();
  console.log(JSON.stringify({ name, calls }));
}

main();
