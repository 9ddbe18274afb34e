import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Burst, createBursts } from "../../../bench/echo/bursts.ts";
import { Load } from "../../../bench/echo/load.ts";
import { createNetServer } from "../../../bench/echo/servers/net.ts";
import { createWsServer } from "../../../bench/echo/servers/ws.ts";
import { createAcceptServer, createWsimdServer } from "../../../bench/echo/servers/wsimd.ts";
import { kernelFor } from "../../../bench/kernels.ts";
import { readPayloads } from "../../../bench/payloads.ts";

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  cleanUps.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Opens a load of three connections. */
async function open(server: Server, bursts: readonly Burst[], handshake = true): Promise<Load> {
  const load = await Load.open({ port: await listen(server), connections: 3, bursts, handshake });
  cleanUps.push(() => load.close());
  return load;
}

/** A bare echo that does something to what it sends back. */
function broken(change: (chunk: Buffer, socket: Socket) => Uint8Array): Server {
  return createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => socket.write(change(chunk, socket)));
  });
}

describe("a burst", () => {
  it.each([20, 125, 126, 70_000])("asks for its own messages of %i bytes, unmasked", (bytes) => {
    const bursts = createBursts("ascii", bytes, 3);
    for (const { request, reply } of bursts) {
      // Not toEqual of the payloads, which takes seconds.
      expect(Buffer.concat(readPayloads(request)).equals(Buffer.concat(readPayloads(reply)))).toBe(true);
      expect(readPayloads(reply).map(({ length }) => length)).toEqual([bytes, bytes, bytes]);
      expect(reply.length).toBe(request.length - 3 * 4);
    }
    expect(new Set(bursts.map(({ reply }) => Buffer.from(reply).toString("hex"))).size).toBe(bursts.length);
  });
});

const SERVERS = {
  "wasm-simd": () => createWsimdServer(kernelFor("wasm-simd")),
  typescript: () => createWsimdServer(kernelFor("typescript")),
  accept: () => createAcceptServer(kernelFor("wasm-simd")),
  "ws+bufferutil": createWsServer,
};

describe.each(Object.keys(SERVERS) as (keyof typeof SERVERS)[])("a load on %s", (name) => {
  it.each([
    [20, 1],
    [125, 16],
    [16_384, 16],
  ])("gets messages of %i bytes back, %i in flight", async (bytes, inFlight) => {
    const load = await open(SERVERS[name](), createBursts("ascii", bytes, inFlight));
    const run = await load.run(20);
    expect(run.bursts).toBeGreaterThanOrEqual(3);
    expect(run.milliseconds).toBeGreaterThan(15);
    expect((await load.run(0)).bursts).toBeGreaterThanOrEqual(3);
  });
});

describe("a load", () => {
  const bare = createBursts("ascii", 125, 16, true);

  it("sends once where it is told to", async () => {
    let received = 0;
    const server = broken((chunk) => {
      received += chunk.length;
      return chunk;
    });
    const load = await open(server, bare, false);
    await load.once();
    await load.once();
    expect(received).toBe(2 * 3 * bare[0].request.length);
  });

  it("sends again and again, without a handshake where there is none", async () => {
    const load = await open(createNetServer(), bare, false);
    expect((await load.run(300)).bursts).toBeGreaterThan(3);
  });

  it.each<[string, (chunk: Buffer, socket: Socket) => Uint8Array, RegExp]>([
    ["a byte is wrong", (chunk) => chunk.fill(0, 1000, 1001), /a reply is wrong in its bytes 0 to 2096, of 2096/],
    ["a byte is too many", (chunk) => Buffer.concat([chunk, Buffer.of(0)]), /a reply is wrong/],
    ["it is another connection's", () => bare[7].reply, /a reply is wrong/],
    [
      "the connection ends in its midst",
      (chunk, socket) => {
        setImmediate(() => socket.end());
        return chunk.subarray(0, 9);
      },
      /closed a connection/,
    ],
  ])("fails when %s", async (_, change, message) => {
    const load = await open(broken(change), bare, false);
    await expect(load.run(1000)).rejects.toThrow(message);
    await expect(load.run(1000)).rejects.toThrow(message);
  });

  it("fails when a server breaks only later", async () => {
    let chunks = 0;
    const load = await open(
      broken((chunk) => (++chunks > 50 ? chunk.reverse() : chunk)),
      bare,
      false,
    );
    await expect(load.run(1000)).rejects.toThrow(/a reply is wrong/);
  });

  it.each([
    ["refuses", "HTTP/1.1 400 Bad Request\r\n\r\n", /refused the handshake: HTTP\/1.1 400/],
    ["answers another key", "HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: x\r\n\r\n", /refused the handshake/],
    [
      "speaks first",
      "HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n!",
      /before it was sent anything/,
    ],
  ])("does not open when the server %s", async (_, response, message) => {
    await expect(
      open(
        broken(() => Buffer.from(response)),
        bare,
      ),
    ).rejects.toThrow(message);
  });

  it("does not open where nobody listens", async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, "close");
    const options = { port, connections: 2, bursts: bare, handshake: false };
    await expect(Load.open(options)).rejects.toThrow(/ECONNREFUSED/);
  });
});
