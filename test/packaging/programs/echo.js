// Both ends of a connection over streams, compressed: what a runtime without Node's sockets has use for.
import { defaultKernel } from "wsimd";
import { permessageDeflate } from "wsimd/deflate";
import { pakoBackend } from "wsimd/deflate/pako";
import { accept, connect } from "wsimd/streams";

async function echo() {
  const extension = permessageDeflate({ backend: pakoBackend, threshold: 0 });
  const [up, down] = [new TransformStream(), new TransformStream()];
  const server = accept({ readable: up.readable, writable: down.writable }, { extension });
  server.messages.readable.pipeTo(server.messages.writable);
  const client = await connect("ws://localhost/", { readable: down.readable, writable: up.writable }, { extension });
  client.sendText("hi");
  for await (const message of client) {
    console.log(`${defaultKernel().kernel.name}: ${message.text()}`);
    client.close();
  }
}

echo();
