// The server under attack, in a process of its own so that its memory can be told: an echo with the limits that its argument
// says, which reports ten times a second. Plain JavaScript, since it runs outside the test runner.

import { createServer } from "node:http";
import { permessageDeflate } from "../../dist/extension/index.js";
import { zlibBackend } from "../../dist/extension/zlib.js";
import { RetainedBudget } from "../../dist/index.js";
import { WebSocketServer } from "../../dist/node/index.js";

const { maxRetainedTogether, headersTimeout, maxHeaderSize, ...limits } = JSON.parse(process.argv[2]);
const budget = new RetainedBudget(maxRetainedTogether);
const server = createServer({ headersTimeout, maxHeaderSize, connectionsCheckingInterval: 250 });
const webSockets = new WebSocketServer({
  server,
  budget,
  extension: permessageDeflate({ backend: zlibBackend }),
  handler: { onMessage: (message, connection) => void connection.send(message.opcode, message.data) },
  ...limits,
});

/** What is open, and what it costs. */
function report() {
  server.getConnections((_, connections) => {
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send({ connections, webSockets: webSockets.size, retained: budget.used, rss, heapUsed, external });
  });
}

server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.send({ port: server.address().port });
  setInterval(report, 100);
});
process.on("disconnect", () => process.exit());
