// `utf-8-validate`, called directly, and by a `ws` that finds no `isUtf8` in node:buffer. Prints what it said of which lengths.

const { name } = require("utf-8-validate/package.json");
delete require("node:buffer").isUtf8;
const { once } = require("node:events");

const path = require.resolve("utf-8-validate");
const isValidUTF8 = require(path);
const calls = [];
function counted(buffer) {
  const valid = isValidUTF8(buffer);
  calls.push([buffer.length, valid]);
  return valid;
}
require.cache[path].exports = counted;
const { WebSocket, WebSocketServer } = require("ws");

async function main() {
  const text = Buffer.from("é".repeat(512));
  const cut = text.subarray(0, 1023);
  counted(text);
  counted(cut);

  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (socket) => socket.on("message", () => {}).on("error", () => {}));
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  await once(socket, "open");
  socket.send(text, { binary: false });
  socket.send(cut, { binary: false });
  const [code] = await once(socket, "close");
  server.close();
  console.log(JSON.stringify({ name, calls, code }));
}

main();
