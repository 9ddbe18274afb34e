// What the encode jobs share: the messages that go in, and how the frames that come out are counted and checked.

import { Opcode, type Role } from "wsimd";
import { type Contestant, comparePayloads } from "../contest.ts";
import { createPayload, createRandom, headerLengthOf, readPayloads } from "../payloads.ts";
import { createDriver } from "../peers/websocket-driver.ts";
import { loadWs } from "../peers/ws.ts";
import type { Payload, Peer } from "../plan.ts";
import { POOL_BYTES } from "../pool.ts";
import { Tally } from "../tally.ts";

const MOST_MESSAGES = 1024;

/** Messages of one length, as one role sends them. */
export interface EncodeInput {
  readonly role: Role;
  readonly opcode: typeof Opcode.Text | typeof Opcode.Binary;
  /** What is encoded: strings for text, else the payloads. They are the caller's and stay as they are. */
  readonly messages: readonly (string | Buffer)[];
  readonly payloads: readonly Buffer[];
  readonly frameLength: number;
  /** How far before a frame's end the octet lies that masks its last byte; 0 when it is not masked. */
  readonly keyDistance: number;
}

/** As many messages as fit the pool, but no more than `most`. */
export function encodeInput(kind: Payload, bytes: number, role: Role, most: number = MOST_MESSAGES): EncodeInput {
  const random = createRandom();
  const count = Math.min(most, Math.floor(POOL_BYTES / bytes));
  const payloads = Array.from({ length: count }, () => Buffer.from(createPayload(kind, bytes, random)));
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return {
    role,
    opcode: kind === "binary" ? Opcode.Binary : Opcode.Text,
    messages: kind === "binary" ? payloads : payloads.map((payload) => utf8.decode(payload)),
    payloads,
    frameLength: headerLengthOf(bytes, role === "client") + bytes,
    keyDistance: role === "client" ? bytes + 4 - ((bytes - 1) & 3) : 0,
  };
}

/** What a frame adds to a sum: its length and its payload's last byte, unmasked. */
export function expectedSum({ payloads, frameLength }: EncodeInput): number {
  return payloads.reduce((sum, payload) => sum + frameLength + payload[payload.length - 1], 0);
}

/** The unmasked last byte of the payload that ends at `end`. */
export function lastByte(bytes: Uint8Array, end: number, keyDistance: number): number {
  return keyDistance === 0 ? bytes[end - 1] : bytes[end - 1] ^ bytes[end - keyDistance];
}

/** What a contestant made in `run` are buffers, or lists of buffers, that together are the frames of all messages. */
export function encodeContestant(
  name: string,
  { payloads }: EncodeInput,
  expected: number,
  run: () => number,
  framesOf: () => readonly Uint8Array[],
): Contestant {
  return {
    name,
    expected,
    prepare: () => undefined,
    run,
    verify(): void {
      const found = framesOf().flatMap(readPayloads);
      if (found.length !== payloads.length) throw new Error(`${name}: ${found.length} frames, not ${payloads.length}`);
      comparePayloads(name, found, payloads);
    },
  };
}

/** A peer that makes each message a frame, to be written by itself. */
export function encodePeer(peer: Peer, input: EncodeInput): Contestant {
  return peer === "websocket-driver" ? driver(input) : sender(peer, input);
}

/** ws makes a header and, of a text, a buffer; it writes both. `readOnly` is what it sets for a caller's buffer, which it
 *  then masks into a new one, behind the header. */
function sender(peer: Peer, input: EncodeInput): Contestant {
  const { Sender } = loadWs(peer);
  const { messages, keyDistance, opcode, role } = input;
  const readOnly = opcode === Opcode.Binary;
  const options = { fin: true, opcode, mask: role === "client", readOnly, rsv1: false };
  const tally = new Tally<Buffer[]>();
  const run = (): number => {
    tally.begin();
    for (const message of messages) {
      const parts = Sender.frame(typeof message === "string" ? Buffer.from(message) : message, options);
      tally.taken[tally.count++ & tally.ring] = parts;
      const header = parts[0];
      if (parts.length === 1) {
        tally.sum += header.length + lastByte(header, header.length, keyDistance);
      } else {
        const payload = parts[1];
        const key = keyDistance === 0 ? 0 : header[header.length - keyDistance + payload.length];
        tally.sum += header.length + payload.length + (payload[payload.length - 1] ^ key);
      }
    }
    return tally.sum;
  };
  return encodeContestant(peer, input, expectedSum(input), run, () =>
    tally.collect(messages.length, run).map((parts) => Buffer.concat(parts)),
  );
}

function driver(input: EncodeInput): Contestant {
  const { messages, keyDistance } = input;
  const driver = createDriver(input.role);
  const tally = new Tally<Buffer>();
  driver.io.on("data", (frame: Buffer) => {
    tally.taken[tally.count++ & tally.ring] = frame;
    tally.sum += frame.length + lastByte(frame, frame.length, keyDistance);
  });
  const run = (): number => {
    tally.begin();
    for (const message of messages) {
      if (typeof message === "string") driver.text(message);
      else driver.binary(message);
    }
    return tally.sum;
  };
  return encodeContestant("websocket-driver", input, expectedSum(input), run, () =>
    tally.collect(messages.length, run),
  );
}

/** What one write to a socket takes, and the buffer that frames are encoded into. */
export const WRITE_BYTES = 65_536;
