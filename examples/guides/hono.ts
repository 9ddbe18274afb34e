import { serve, upgradeWebSocket } from "@hono/node-server";
import { Hono } from "hono";
import { UpgradeServer } from "./upgrade-server.ts";

const app = new Hono();
app.get("/", (context) => context.text("WebSockets are at /echo.\n"));
app.get(
  "/echo",
  upgradeWebSocket(() => ({
    onMessage({ data }, socket) {
      if (!(data instanceof Blob)) socket.send(data as string | ArrayBuffer); // no Blobs come on Node
    },
  })),
);
const webSockets = new UpgradeServer({ maxMessageLength: 1_000_000 });
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 8085, websocket: { server: webSockets } });

server.on("listening", () => console.log("Hono is at http://127.0.0.1:8085/"));
server.on("error", ({ message }) => {
  console.error(message); // such as that the port is in use
  process.exitCode = 1;
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    webSockets.close(); // with 1001
  });
}
