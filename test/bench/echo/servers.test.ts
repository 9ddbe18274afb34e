import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { createWsServer } from "../../../bench/echo/servers/ws.ts";
import { createAcceptServer, createWsimdServer } from "../../../bench/echo/servers/wsimd.ts";
import { kernelFor } from "../../../bench/kernels.ts";
import { clientFrame, closePayload, HANDSHAKE } from "../../examples/raw-client.ts";

const SERVERS = {
  "wasm-simd": () => createWsimdServer(kernelFor("wasm-simd")),
  typescript: () => createWsimdServer(kernelFor("typescript")),
  accept: () => createAcceptServer(kernelFor("wasm-simd")),
  "ws+bufferutil": createWsServer,
};

/** An unmasked frame as hexadecimal digits. */
const hex = (first: number, payload: string | Uint8Array): string => {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.of(first, bytes.length), bytes]).toString("hex");
};

describe.each(Object.keys(SERVERS) as (keyof typeof SERVERS)[])("the echo server %s", (name) => {
  /** What the server answers to these bytes up to the end of the connection, in pieces of `size` where given. */
  async function answersTo(bytes: Uint8Array, size = bytes.length): Promise<string> {
    const server = SERVERS[name]().listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", noDelay: true });
    try {
      const received: Buffer[] = [];
      socket.on("data", (chunk) => received.push(chunk));
      socket.write(HANDSHAKE);
      for (let at = 0; at < bytes.length; at += size) {
        await new Promise((resolve) => socket.write(bytes.subarray(at, at + size), resolve));
      }
      await once(socket, "close");
      const answer = Buffer.concat(received);
      return answer.subarray(answer.indexOf("\r\n\r\n") + 4).toString("hex");
    } finally {
      socket.destroy();
      server.close();
    }
  }

  const goodbye = clientFrame(0x88, closePayload(1000));

  it.each([undefined, 1, 7])("answers messages, a Ping and a Close, in pieces of %s bytes", async (size) => {
    const said = [
      clientFrame(0x81, "grüße"),
      clientFrame(0x82, Buffer.of(0, 255)),
      clientFrame(0x01, "frag"),
      clientFrame(0x89, "ping"),
      clientFrame(0x80, "ment"),
      clientFrame(0x8a, "unasked"),
      goodbye,
      clientFrame(0x81, "too late"),
    ];
    const answers = [hex(0x81, "grüße"), hex(0x82, Buffer.of(0, 255)), hex(0x8a, "ping"), hex(0x81, "fragment")];
    const all = [...answers, hex(0x88, closePayload(1000))].join("");
    expect(await answersTo(Buffer.concat(said), size)).toBe(all);
  });

  it("answers a Close without a code with another", async () => {
    expect(await answersTo(clientFrame(0x88, ""))).toBe(hex(0x88, ""));
  });

  it("keeps the order of long and short messages", async () => {
    const long = "y".repeat(20_000);
    const said = ["a", long, "b", long, "c"].map((text) => clientFrame(0x81, text));
    const longAnswer = `817e4e20${Buffer.from(long).toString("hex")}`;
    const answers = [hex(0x81, "a"), longAnswer, hex(0x81, "b"), longAnswer, hex(0x81, "c")];
    const all = [...answers, hex(0x88, closePayload(1000))].join("");
    expect(await answersTo(Buffer.concat([...said, goodbye]))).toBe(all);
  });

  it.each([
    ["invalid UTF-8", clientFrame(0x81, Buffer.of(0x61, 0xff)), 1007],
    ["an unmasked frame", Buffer.from("810161", "hex"), 1002],
    ["a reserved opcode", clientFrame(0x83, "a"), 1002],
    ["a continuation of nothing", clientFrame(0x80, "a"), 1002],
  ])("answers what comes before %s, and closes with the right code", async (_, violation, code) => {
    const answer = await answersTo(Buffer.concat([clientFrame(0x81, "before"), violation]));
    const before = hex(0x81, "before");
    expect(answer.slice(0, before.length + 2)).toBe(`${before}88`);
    expect(Number.parseInt(answer.slice(before.length + 4, before.length + 8), 16)).toBe(code);
  });
});
