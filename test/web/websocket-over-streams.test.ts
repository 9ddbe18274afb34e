// The WHATWG class on the streams' adapter: nothing of Node's in it.

import { expect, it } from "vitest";
import { accept, connect } from "../../src/web/streams.ts";
import { webSocketOver } from "../../src/web/websocket.ts";
import { pipes } from "./pipes.ts";

it("speaks over streams that a function dials", async () => {
  const dialled: string[] = [];
  const WebSocket = webSocketOver((uri, options) =>
    connect(
      uri,
      ({ hostname, port }) => {
        dialled.push(`${hostname}:${port}`);
        const [ours, theirs] = pipes();
        accept(theirs, { handler: { onMessage: (message, peer) => void peer.send(message.opcode, message.data) } });
        return ours;
      },
      options,
    ),
  );
  const socket = new WebSocket("https://example.com/chat");
  const seen: unknown[] = [];
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    socket.send("안녕");
    socket.send(Uint8Array.of(1, 2, 3));
    expect(socket.bufferedAmount).toBe(9);
  };
  socket.onmessage = ({ data }) => {
    seen.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
    if (seen.length === 2) socket.close(3000, "done");
  };
  const [event] = await new Promise<CloseEvent[]>((resolve) => {
    socket.onclose = (event) => resolve([event]);
  });
  expect(dialled).toEqual(["example.com:443"]);
  expect(seen).toEqual(["안녕", [1, 2, 3]]);
  expect([event.code, event.wasClean]).toEqual([3000, true]);
  expect(socket.bufferedAmount).toBe(0);
});
