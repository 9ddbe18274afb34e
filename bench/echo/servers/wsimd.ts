import { createServer, type Server } from "node:http";
import type { Kernel } from "wsimd";
import { type UpgradeOptions, upgrade } from "wsimd/node";

/** wsimd's adapter between Node's http server and its sockets, as `npm start` has it. */
export function createWsimdServer(kernel: Kernel): Server {
  const options: UpgradeOptions = {
    kernel,
    freeChunks: true,
    handler: {
      onMessage(message, connection) {
        connection.send(message.opcode, message.data);
      },
    },
  };
  return createServer().on("upgrade", (request, socket, head) => void upgrade(request, socket, head, options));
}
