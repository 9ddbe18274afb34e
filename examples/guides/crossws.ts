import { createServer } from "node:http";
import crossws, { type NodeOptions } from "crossws/adapters/node";
import { UpgradeServer } from "./upgrade-server.ts";

const webSockets = new UpgradeServer({ maxMessageLength: 1_000_000, keepAliveInterval: 0 }); // crossws pings itself
const adapter = crossws({
  wss: webSockets as unknown as NonNullable<NodeOptions["wss"]>, // it asks for no more than UpgradeServer has
  hooks: {
    message: (peer, message) => void peer.send(message.rawData),
  },
});
const server = createServer((_, response) => response.end("WebSockets only.\n"))
  .on("upgrade", (request, socket, head) => {
    socket.on("error", () => {}); // while a hook takes its time, nobody else listens
    void adapter.handleUpgrade(request, socket, head);
  })
  .listen(8086, "127.0.0.1", () => console.log("crossws is at ws://127.0.0.1:8086/"));
server.on("error", ({ message }) => {
  console.error(message); // such as that the port is in use
  process.exitCode = 1;
});
