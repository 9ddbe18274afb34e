import { createServer } from "node:http";
import { type UpgradeOptions, upgrade } from "wsimd/node";

const options: UpgradeOptions = {
  handler: {
    onMessage: (message, connection) => void connection.send(message.opcode, message.data), // an echo
  },
};
createServer((_, response) => response.end("WebSockets only.\n"))
  .on("upgrade", (request, socket, head) => void upgrade(request, socket, head, options))
  .listen(8081, "127.0.0.1", () => console.log("wsimd is at ws://127.0.0.1:8081/"));
