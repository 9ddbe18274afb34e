import { listen } from "bun";
import { type AcceptOptions, accept } from "wsimd/streams";
import { SocketStreams } from "./bun-socket.ts";
import { failToListen, portToListenOn } from "./command.ts";

const options: AcceptOptions = {
  handler: {
    onMessage: (message, connection) => void connection.send(message.opcode, message.data), // an echo
  },
};

const port = portToListenOn("bun examples/bun-server.ts", 8087);
try {
  const listener = listen({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: SocketStreams.handler((streams) => void accept(streams, options)),
  });
  console.log(`wsimd is at ws://127.0.0.1:${listener.port}/ (Ctrl+C stops it)`);
} catch (error) {
  failToListen(port, error, "name another one");
}
