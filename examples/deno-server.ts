import { type AcceptOptions, accept } from "wsimd/streams";
import { failToListen, portToListenOn } from "./command.ts";

const options: AcceptOptions = {
  handler: {
    onMessage: (message, connection) => void connection.send(message.opcode, message.data), // an echo
  },
};

function listen(port: number) {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    failToListen(port, error, "name another one");
  }
}

const listener = listen(portToListenOn("deno run --allow-net --allow-env=PORT examples/deno-server.ts", 8088));
console.log(`wsimd is at ws://127.0.0.1:${listener.addr.port}/ (Ctrl+C stops it)`);
for (;;) {
  try {
    accept(await listener.accept(), options);
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) break; // the listener was closed
    // Otherwise a client was gone before it was accepted, which ends a loop over the listener.
  }
}
