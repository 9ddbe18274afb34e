// Every entry point by its name, as a program imports it: the runtime finds it by the package's exports and its own conditions.

import { describe, expect, test } from "vitest";
import { pipes } from "../web/pipes.ts";
import { frame, pattern } from "../wire.ts";

describe("wsimd", () => {
  test("runs on the WASM kernel, with nothing to do for it", async () => {
    const { defaultKernel, FrameDecoder } = await import("wsimd");
    expect(defaultKernel()).toMatchObject({ kernel: { name: "wasm-simd" }, fallbackReason: undefined });
    expect(new FrameDecoder({ role: "client" }).kernel).toBe(defaultKernel().kernel);
  });

  test("decodes the same on the TypeScript kernel, where that is forced", async () => {
    const { FrameDecoder, typescriptKernel } = await import("wsimd");
    const payload = pattern(70_000);
    for (const kernel of [undefined, typescriptKernel]) {
      const decoder = new FrameDecoder({ role: "client", ...(kernel && { kernel }) });
      expect(decoder.kernel.name).toBe(kernel === undefined ? "wasm-simd" : "typescript");
      const [decoded] = decoder.frames(frame({ opcode: 0x2, payload }));
      expect(decoded.payload).toEqual(payload);
    }
  });
});

test("wsimd/handshake parses what §3 calls a URI", async () => {
  const { parseUri } = await import("wsimd/handshake");
  expect(parseUri("wss://example.com/chat")).toMatchObject({ secure: true, hostname: "example.com", port: 443 });
});

test("wsimd/proxy tells the proxy of an environment", async () => {
  const { proxyFor } = await import("wsimd/proxy");
  const { parseUri } = await import("wsimd/handshake");
  const proxy = proxyFor(parseUri("ws://example.com/"), { HTTP_PROXY: "http://127.0.0.1:3128" });
  expect(proxy).toMatchObject({ hostname: "127.0.0.1", port: 3128 });
});

describe.each(["pako", "zlib"] as const)("wsimd/deflate on %s", (name) => {
  test("compresses what the other end decompresses, over wsimd/streams", async () => {
    const backend =
      name === "pako"
        ? (await import("wsimd/deflate/pako")).pakoBackend
        : (await import("wsimd/deflate/zlib")).zlibBackend;
    const { permessageDeflate } = await import("wsimd/deflate");
    const { accept, connect } = await import("wsimd/streams");
    const [ours, theirs] = pipes();
    const extension = permessageDeflate({ backend, threshold: 0 });
    accept(theirs, {
      extension,
      handler: { onMessage: (message, peer) => void peer.send(message.opcode, message.data) },
    });
    const connection = await connect("ws://example.com/", ours, { extension });
    const text = "Hello, hello, hello. ".repeat(500);
    connection.sendText(text);
    for await (const message of connection) {
      expect(message.text()).toBe(text);
      break;
    }
    expect(await connection.end({ code: 1000 })).toMatchObject({ code: 1000, clean: true });
  });
});

test("wsimd/websocket makes a class of a function that connects", async () => {
  const { webSocketOver } = await import("wsimd/websocket");
  const { accept, connect } = await import("wsimd/streams");
  const WebSocket = webSocketOver((uri, options) => {
    const [ours, theirs] = pipes();
    accept(theirs, { handler: { onMessage: (message, peer) => void peer.send(message.opcode, message.data) } });
    return connect(uri, ours, options);
  });
  const socket = new WebSocket("ws://example.com/");
  socket.onopen = () => socket.send("hello");
  const data = await new Promise((resolve) => {
    socket.onmessage = (event) => resolve(event.data);
  });
  expect(data).toBe("hello");
  socket.close();
});

test("wsimd/node has the server and the client", async () => {
  const { connect, WebSocketServer } = await import("wsimd/node");
  const server = new WebSocketServer({
    handler: { onMessage: (message, peer) => void peer.send(message.opcode, message.data) },
  });
  expect(typeof connect).toBe("function");
  await server.close();
});
