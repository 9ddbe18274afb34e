import { PreparedMessage } from "wsimd";
import { WebSocketServer } from "wsimd/node";

const pages = new Set([undefined, "http://127.0.0.1:8080"]); // programs send no Origin; browsers send that of their page
const webSockets = new WebSocketServer({
  check: ({ headers }) => (pages.has(headers.origin) ? undefined : { status: 403, reason: "That page may not." }),
  handler: {
    onMessage(message) {
      const prepared = new PreparedMessage(message.opcode, message.data); // encoded once for all
      for (const connection of webSockets.connections) connection.sendPrepared(prepared);
    },
  },
});
webSockets.server.listen(8089, "127.0.0.1", () => console.log("wsimd is at ws://127.0.0.1:8089/"));
