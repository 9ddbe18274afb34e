import { createServer } from "node:http";
import { ConnectionFailed, type SocketConnection, upgrade } from "wsimd/node";

async function echo(connection: SocketConnection): Promise<void> {
  try {
    for await (const message of connection) connection.send(message.opcode, message.data);
  } catch (error) {
    if (!(error instanceof ConnectionFailed)) throw error;
    console.error(error.message); // the connection broke off, or the client broke a rule
  }
}

createServer((_, response) => response.end("WebSockets only.\n"))
  .on("upgrade", (request, socket, head) => {
    const connection = upgrade(request, socket, head, {});
    if (connection !== undefined) void echo(connection); // else it was refused, and told so
  })
  .listen(8090, "127.0.0.1", () => console.log("wsimd is at ws://127.0.0.1:8090/"));
