import { setImmediate } from "node:timers/promises";
import { Connection, ConnectionSettings, FrameDecoder, type Kernel, type Message, MessageDecoder } from "wsimd";
import { IDLE_HEAP_BYTES } from "../figures.ts";
import { collectGarbage } from "../measure.ts";
import { createMaskedFrames } from "../payloads.ts";
import { createReceiver, loadWs } from "../peers/ws.ts";
import type { Subject } from "../plan.ts";
import type { MemoryResult } from "../rows.ts";

const COUNT = 20_000;

/** The heap that a decoder holds between messages, once it has decoded one, and a connection that has echoed one. */
export async function idleHeap(kernel: Kernel, subject: Subject): Promise<MemoryResult[]> {
  const ws = loadWs("ws+bufferutil");
  const { bytes: frames, payloads, starts } = createMaskedFrames("ascii", 125);
  const frame = frames.subarray(0, starts[0] + payloads[0].length);
  const chunk = Buffer.alloc(frame.length);
  let decoded = 0;
  const count = (): void => {
    decoded++;
  };
  const onFrame = { onFrame: count };
  const onMessage = { onMessage: count, onPing: count, onPong: count, onClose: count };
  const heapOf = async (create: () => unknown): Promise<number> => {
    decoded = 0;
    const heapBytes = await heapOfEach(() => {
      chunk.set(frame);
      return create();
    });
    // Once for the measured decoders and once for those that warmed the code up.
    if (decoded !== 2 * COUNT) throw new Error(`${decoded} frames were decoded, not ${2 * COUNT}`);
    return heapBytes;
  };
  const frameDecoder = await heapOf(() => {
    const decoder = new FrameDecoder({ role: "server", kernel });
    decoder.decode(chunk, onFrame);
    return decoder;
  });
  const messageDecoder = await heapOf(() => {
    const decoder = new MessageDecoder({ role: "server", kernel });
    decoder.decode(chunk, onMessage);
    return decoder;
  });
  const settings = new ConnectionSettings({ role: "server", kernel });
  const echo = {
    onMessage(message: Message, connection: Connection): void {
      count();
      connection.send(message.opcode, message.data);
    },
  };
  const connection = await heapOf(() => {
    const connection = new Connection(settings, echo, {});
    connection.receive(chunk);
    if (connection.takeBytes()?.length !== frame.length - 4) throw new Error("the echo is wrong");
    return connection;
  });
  const receiver = await heapOf(() => {
    const receiver = createReceiver(ws);
    receiver.on("message", count);
    receiver.write(chunk);
    return receiver;
  });
  const row = (what: keyof typeof IDLE_HEAP_BYTES, per: string, bytes: number): MemoryResult => ({
    job: "idle-heap",
    subject,
    what,
    per,
    bytes,
    target: IDLE_HEAP_BYTES[what],
    peer: "ws Receiver",
    peerBytes: receiver,
  });
  return [
    row("FrameDecoder", "decoder", frameDecoder),
    row("MessageDecoder", "decoder", messageDecoder),
    row("Connection", "connection", connection),
  ];
}

/** Bytes of heap for each of many, less the array they are held in. */
async function heapOfEach(create: () => unknown): Promise<number> {
  const held: unknown[] = new Array(COUNT).fill(undefined);
  for (let index = 0; index < COUNT; index++) held[index] = create();
  held.fill(undefined);
  const before = await heapAfterCollection();
  for (let index = 0; index < COUNT; index++) held[index] = create();
  const after = await heapAfterCollection();
  if (held.includes(undefined)) throw new Error("one is missing");
  return (after - before) / COUNT;
}

/** A stream is idle once what it left for the next tick has run. */
async function heapAfterCollection(): Promise<number> {
  await setImmediate();
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
