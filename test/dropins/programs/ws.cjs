// Messages from a client to a server and back, on `ws`. Prints which bufferutil there was, and what was called of it.

const { name, calls } = require("./counted.cjs");
const assert = require("node:assert/strict");
const { once } = require("node:events");
const { WebSocket, WebSocketServer } = require("ws");

async function main() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  await once(socket, "open");
  for (const length of [1024, 65_536, 1_048_576]) {
    const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * at) >> 3));
    for (const message of [bytes, "é".repeat(length / 2)]) {
      socket.send(message);
      const [data, binary] = await once(socket, "message");
      assert.deepEqual(binary ? data : data.toString(), message);
    }
  }
  socket.close();
  await once(socket, "close");
  server.close();
  console.log(JSON.stringify({ name, calls }));
}

main();
