import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { Connection, type ConnectionHandler, ConnectionSettings, ServerOpening } from "wsimd";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();
const settings = new ConnectionSettings({ role: "server" }); // one for all connections
const handler: ConnectionHandler = {
  onMessage: (message, connection) => void connection.send(message.opcode, message.data), // an echo
};

createServer({ allowHalfOpen: true }, (socket) => {
  const connection = new Connection(settings, handler, new ServerOpening({ sha1 }));
  const act = (action: () => void): void => {
    action();
    for (let bytes = connection.takeBytes(); bytes !== undefined; bytes = connection.takeBytes()) socket.write(bytes);
    if (connection.aborted) socket.destroy();
    else if (connection.finished) socket.end();
  };
  const clock = setInterval(() => act(() => connection.handleTimeout(performance.now())), 1000);
  socket.on("data", (chunk) => act(() => connection.receive(chunk)));
  socket.on("end", () => act(() => connection.receiveEof()));
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    clearInterval(clock);
    connection.abort();
  });
}).listen(8082, "127.0.0.1", () => console.log("wsimd is at ws://127.0.0.1:8082/"));
