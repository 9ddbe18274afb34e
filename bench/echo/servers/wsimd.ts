import { createServer, type Server } from "node:http";
import { createServer as createNetServer, type Server as NetServer } from "node:net";
import type { Kernel } from "wsimd";
import { type AcceptOptions, accept, type UpgradeOptions, upgrade } from "wsimd/node";

/** wsimd's adapter between Node's http server and its sockets, as `npm start` has it. */
export function createWsimdServer(kernel: Kernel): Server {
  const options = echoOptions(kernel);
  return createServer().on("upgrade", (request, socket, head) => void upgrade(request, socket, head, options));
}

/** The same on sockets alone, without an http server. */
export function createAcceptServer(kernel: Kernel): NetServer {
  const options = echoOptions(kernel);
  return createNetServer({ noDelay: true }, (socket) => void accept(socket, options));
}

function echoOptions(kernel: Kernel): AcceptOptions & UpgradeOptions {
  return {
    kernel,
    freeChunks: true,
    handler: {
      onMessage(message, connection) {
        connection.send(message.opcode, message.data);
      },
    },
  };
}
