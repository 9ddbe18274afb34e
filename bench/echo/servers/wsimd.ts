import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { Kernel } from "wsimd";
import { checkUpgrade, rejection, type Sha1, upgradeResponse } from "wsimd/handshake";
import { EchoConnection } from "../../../examples/echo-connection.ts";

const sha1: Sha1 = (bytes) => createHash("sha1").update(bytes).digest();

/** wsimd between Node's http server and its sockets. */
export function createWsimdServer(kernel: Kernel): Server {
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    const { method = "", httpVersion, headersDistinct: headers } = request;
    const upgrade = checkUpgrade({ method, httpVersion, headers });
    if (upgrade.ok) {
      socket.write(upgradeResponse(upgrade, { sha1 }));
      new EchoConnection(socket, { head, closeTimeout: 2000, kernel });
    } else {
      socket.on("error", () => {}); // "close" follows
      socket.end(rejection(upgrade));
      socket.resume();
    }
  });
  return server;
}
