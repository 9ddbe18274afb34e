import { createServer } from "node:net";
import { Duplex } from "node:stream";
import { type AcceptOptions, accept, type ByteStreams } from "wsimd/streams";

const options: AcceptOptions = { maxMessageLength: 1_000_000 }; // one for all connections

async function echo(streams: ByteStreams): Promise<void> {
  const connection = accept(streams, options);
  const { readable, writable } = connection.messages;
  await readable.pipeTo(writable).catch(() => {}); // how it ended, `closed` tells
  const { code, clean } = await connection.closed;
  if (!clean) console.log(`closed with ${code}`);
}

// In Deno: for (const listener = Deno.listen({ port: 8083 }); ; ) echo(await listener.accept());
createServer((socket) => void echo(Duplex.toWeb(socket) as ByteStreams)).listen(8083, "127.0.0.1", () =>
  console.log("wsimd is at ws://127.0.0.1:8083/"),
);
