import { FrameEncoder, type Kernel, PreparedFrame } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import { createDriver } from "../peers/websocket-driver.ts";
import { loadWs } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { Tally } from "../tally.ts";
import { type EncodeInput, encodeContestant, encodeInput, expectedSum, lastByte } from "./encoding.ts";

const CONNECTIONS = 1000;

/** One message to what a server writes to each of 1000 connections: counted is one connection. */
export function broadcastContest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  if (variant !== "server") throw new Error(`broadcast has no variant ${variant}`);
  const input = encodeInput(payload, bytes, variant, 1);
  return {
    operations: CONNECTIONS,
    subject: prepared(kernel, input),
    peers: peers.map((peer) => (peer === "websocket-driver" ? drivers(input) : sender(peer, input))),
  };
}

function prepared(kernel: Kernel, input: EncodeInput): Contestant {
  const encoder = new FrameEncoder({ role: "server", kernel });
  const [message] = input.messages;
  const tally = new Tally<Uint8Array>();
  const run = (): number => {
    tally.begin();
    const frame = new PreparedFrame(input.opcode, message);
    for (let connection = 0; connection < CONNECTIONS; connection++) {
      const bytes = frame.bytesFor(encoder);
      tally.taken[tally.count++ & tally.ring] = bytes;
      tally.sum += bytes.length + lastByte(bytes, bytes.length, 0);
    }
    return tally.sum;
  };
  return contestant(kernel.name, input, run, () => tally.collect(CONNECTIONS, run));
}

/** As ws's manual does it: a message's bytes are made once, and `send` is called for each client. */
function sender(peer: Peer, input: EncodeInput): Contestant {
  const { Sender } = loadWs(peer);
  const [message] = input.messages;
  const options = { fin: true, opcode: input.opcode, mask: false, readOnly: true, rsv1: false };
  const tally = new Tally<Buffer[]>();
  const run = (): number => {
    tally.begin();
    const data = typeof message === "string" ? Buffer.from(message) : message;
    for (let connection = 0; connection < CONNECTIONS; connection++) {
      const parts = Sender.frame(data, options);
      tally.taken[tally.count++ & tally.ring] = parts;
      const payload = parts[1];
      tally.sum += parts[0].length + payload.length + lastByte(payload, payload.length, 0);
    }
    return tally.sum;
  };
  return contestant(peer, input, run, () => tally.collect(CONNECTIONS, run).map((parts) => Buffer.concat(parts)));
}

/** It frames for one connection at a time, and text from the string each time. */
function drivers(input: EncodeInput): Contestant {
  const [message] = input.messages;
  const tally = new Tally<Buffer>();
  const driver = createDriver("server");
  driver.io.on("data", (frame: Buffer) => {
    tally.taken[tally.count++ & tally.ring] = frame;
    tally.sum += frame.length + lastByte(frame, frame.length, 0);
  });
  const run = (): number => {
    tally.begin();
    for (let connection = 0; connection < CONNECTIONS; connection++) {
      if (typeof message === "string") driver.text(message);
      else driver.binary(message);
    }
    return tally.sum;
  };
  return contestant("websocket-driver", input, run, () => tally.collect(CONNECTIONS, run));
}

function contestant(name: string, input: EncodeInput, run: () => number, framesOf: () => Uint8Array[]): Contestant {
  const everyone = { ...input, payloads: Array(CONNECTIONS).fill(input.payloads[0]) };
  return encodeContestant(name, everyone, expectedSum(everyone), run, framesOf);
}
