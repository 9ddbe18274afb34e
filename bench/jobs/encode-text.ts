import { FrameBatch, FrameEncoder, type Kernel, Opcode } from "wsimd";
import { type Contest, type Contestant, comparePayloads } from "../contest.ts";
import { createPayload, createRandom, readPayloads } from "../payloads.ts";
import { loadWs } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { POOL_BYTES } from "../pool.ts";
import { Tally } from "../tally.ts";

const MOST_TEXTS = 1024;
/** What is gathered for one write: up to so many frames, as many as fit in so many bytes. */
const WRITE_FRAMES = 16;
const WRITE_BYTES = 65_536;
const MOST_HEADER = 14;

interface Texts {
  readonly strings: string[];
  readonly payloads: Uint8Array[];
  /** The bytes of all frames as a server sends them, and the sum of the payloads' last bytes. */
  readonly wireBytes: number;
  readonly lastBytes: number;
}

/** Strings to a server's frames. A server does not mask, so the kernel has no part in it. */
export function encodeTextContest(kernel: Kernel, { payload, bytes, variant, peers }: Measurement): Contest {
  const texts = createTexts(payload, bytes);
  const encoder = new FrameEncoder({ role: "server", kernel });
  const create = VARIANTS[variant];
  if (create === undefined) throw new Error(`encode-text has no variant ${variant}`);
  return {
    operations: texts.strings.length,
    subject: create(kernel.name, encoder, texts, bytes),
    peers: peers.map((peer) => sender(peer, texts)),
  };
}

type CreateSubject = (name: string, encoder: FrameEncoder, texts: Texts, bytes: number) => Contestant;

const VARIANTS: Record<string, CreateSubject> = {
  "new buffer": newBuffer,
  "caller's buffer": callersBuffer,
  batch,
};

function newBuffer(name: string, encoder: FrameEncoder, { strings, payloads, ...sums }: Texts): Contestant {
  const tally = new Tally<Uint8Array>();
  const run = (): number => {
    tally.begin();
    for (const text of strings) {
      const frame = encoder.text(text);
      tally.taken[tally.count++ & tally.ring] = frame;
      tally.sum += frame.length + frame[frame.length - 1];
    }
    return tally.sum;
  };
  return {
    name,
    expected: sums.wireBytes + sums.lastBytes,
    prepare: () => undefined,
    run,
    verify: () => comparePayloads(name, tally.collect(strings.length, run).flatMap(readPayloads), payloads),
  };
}

/** Frame after frame into one buffer of 64 KiB; when it is full, from its start again. */
function callersBuffer(name: string, encoder: FrameEncoder, texts: Texts, bytes: number): Contestant {
  const { strings, payloads, wireBytes, lastBytes } = texts;
  const target = Buffer.allocUnsafeSlow(WRITE_BYTES);
  let end = 0;
  const run = (): number => {
    let sum = 0;
    end = 0;
    for (const text of strings) {
      const start = end + MOST_HEADER + bytes > WRITE_BYTES ? 0 : end;
      end = encoder.encodeInto(target, start, Opcode.Text, text);
      sum += end - start + target[end - 1];
    }
    return sum;
  };
  return {
    name,
    expected: wireBytes + lastBytes,
    prepare: () => undefined,
    run,
    verify(): void {
      run();
      const frames = readPayloads(target.subarray(0, end));
      comparePayloads(name, frames, payloads.slice(-frames.length));
    },
  };
}

function batch(name: string, encoder: FrameEncoder, texts: Texts, bytes: number): Contestant {
  const { strings, payloads, wireBytes } = texts;
  const frames = Math.max(1, Math.min(WRITE_FRAMES, Math.floor(WRITE_BYTES / (MOST_HEADER + bytes))));
  const gathered = new FrameBatch(encoder, WRITE_BYTES);
  const tally = new Tally<Uint8Array>();
  const run = (): number => {
    tally.begin();
    for (let at = 0; at < strings.length; ) {
      const end = Math.min(at + frames, strings.length);
      for (; at < end; at++) gathered.add(Opcode.Text, strings[at]);
      const taken = gathered.take();
      tally.taken[tally.count++ & tally.ring] = taken;
      tally.sum += taken.length;
    }
    return tally.sum;
  };
  const writes = Math.ceil(strings.length / frames);
  return {
    name,
    expected: wireBytes,
    prepare: () => undefined,
    run,
    verify: () => comparePayloads(name, tally.collect(writes, run).flatMap(readPayloads), payloads),
  };
}

/** ws makes a header and encodes the text into a buffer of its own; it writes both. */
function sender(peer: Peer, { strings, payloads, wireBytes, lastBytes }: Texts): Contestant {
  const { Sender } = loadWs(peer === "ws" ? "ws" : "ws+bufferutil");
  const options = { fin: true, opcode: 1, mask: false, readOnly: false, rsv1: false };
  const tally = new Tally<Buffer[]>();
  const run = (): number => {
    tally.begin();
    for (const text of strings) {
      const parts = Sender.frame(Buffer.from(text), options);
      tally.taken[tally.count++ & tally.ring] = parts;
      const payload = parts[1];
      tally.sum += parts[0].length + payload.length + payload[payload.length - 1];
    }
    return tally.sum;
  };
  return {
    name: peer,
    expected: wireBytes + lastBytes,
    prepare: () => undefined,
    run,
    verify(): void {
      const frames = tally.collect(strings.length, run).map((parts) => Buffer.concat(parts));
      comparePayloads(peer, frames.flatMap(readPayloads), payloads);
    },
  };
}

function createTexts(kind: Measurement["payload"], bytes: number): Texts {
  const random = createRandom();
  const count = Math.max(1, Math.min(MOST_TEXTS, Math.floor(POOL_BYTES / bytes)));
  const payloads = Array.from({ length: count }, () => createPayload(kind, bytes, random));
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const headerLength = bytes < 126 ? 2 : 4;
  return {
    payloads,
    strings: payloads.map((payload) => utf8.decode(payload)),
    wireBytes: count * (headerLength + bytes),
    lastBytes: payloads.reduce((sum, payload) => sum + payload[bytes - 1], 0),
  };
}
