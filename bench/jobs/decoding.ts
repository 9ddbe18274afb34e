// What the decode jobs share: the chunks that go in, and how what comes out is counted and checked.

import type { Role } from "wsimd";
import { type Contestant, comparePayloads } from "../contest.ts";
import { CHUNK_SIZE, createFrames, type Frames } from "../payloads.ts";
import { createDriver, driveAll } from "../peers/websocket-driver.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool, POOL_BYTES, poolBytes, SLOT_COUNT } from "../pool.ts";
import { Tally } from "../tally.ts";

/** What a measurement decodes. */
export interface DecodeInput {
  readonly role: Role;
  readonly frames: Frames;
  /** A contestant's own chunks. */
  readonly makePool: () => ChunkPool;
  /** How often the chunks hold all frames. */
  readonly times: number;
  /** Whether the chunks are read into the kernel's receive buffers. */
  readonly received: boolean;
}

/** A connection's first reads are as many as these at once; more small memories would be the allocator's work. */
const MOST_SINGLE = 2048;
const FRAGMENTS = 4;

export function decodeInput({ payload, bytes, variant }: Measurement): DecodeInput {
  const masked = !variant.includes("unmasked");
  const role = masked ? "server" : "client";
  const input = { role, times: 1, received: false } as const;
  switch (variant) {
    case "masked, cut":
    case "unmasked, cut":
    case "whole":
    case "fragmented": {
      const fragments = variant === "fragmented" ? FRAGMENTS : 1;
      const frames = createFrames(payload, bytes, { room: poolBytes(bytes), masked, fragments });
      return { ...input, frames, makePool: () => ChunkPool.cutting(frames.bytes, CHUNK_SIZE) };
    }
    case "masked, single":
    case "unmasked, single": {
      const frames = createFrames(payload, bytes, { room: POOL_BYTES, most: MOST_SINGLE, masked });
      const frameLength = frames.bytes.length / frames.payloads.length;
      return { ...input, frames, makePool: () => ChunkPool.cutting(frames.bytes, frameLength) };
    }
    case "masked, whole": {
      const frames = createFrames(payload, bytes, { masked });
      const times = Math.floor(POOL_BYTES / frames.bytes.length);
      return { ...input, frames, makePool: () => ChunkPool.repeating(frames.bytes, times), times };
    }
    case "received, masked":
    case "received, unmasked": {
      const frames = createFrames(payload, bytes, { masked });
      const makePool = (): ChunkPool => ChunkPool.repeating(frames.bytes, SLOT_COUNT);
      return { ...input, frames, makePool, times: SLOT_COUNT, received: true };
    }
    default:
      throw new Error(`nothing is decoded that is ${variant}`);
  }
}

/** How many messages a run decodes. */
export function messagesOf({ frames, times }: DecodeInput): number {
  return times * frames.payloads.length;
}

/**
 * `decode` leaves its results in `tally`, of which each message adds `part`; `payloadsOf` turns them, once all are
 * collected, into what must be the payloads.
 */
export function decodeContestant<T>(
  name: string,
  input: DecodeInput,
  pool: ChunkPool,
  tally: Tally<T>,
  part: (payload: Uint8Array) => number,
  decode: () => void,
  payloadsOf: (collect: () => T[]) => Uint8Array[],
): Contestant {
  const { payloads } = input.frames;
  const count = messagesOf(input);
  const run = (): number => {
    tally.begin();
    decode();
    return tally.count + tally.sum;
  };
  return {
    name,
    expected: count + input.times * payloads.reduce((sum, payload) => sum + part(payload), 0),
    prepare: () => pool.restore(),
    run,
    verify() {
      const found = payloadsOf(() => tally.collect(count, run));
      if (found.length !== count) throw new Error(`${name}: ${found.length} messages instead of ${count}`);
      comparePayloads(name, found, payloads);
    },
  };
}

/** What a view adds to a tally. */
export function partOfView(payload: Uint8Array): number {
  return payload.length + payload[payload.length - 1];
}

/** A peer that hands over each message as a Buffer. */
export function viewPeer(peer: Peer, input: DecodeInput): Contestant {
  const pool = input.makePool();
  const tally = new Tally<Uint8Array>();
  const contestant = (decode: () => void): Contestant =>
    decodeContestant(peer, input, pool, tally, partOfView, decode, (collect) => collect());
  if (peer === "websocket-driver") {
    const driver = createDriver(input.role);
    driver.messages.on("data", (payload: Buffer) => {
      tally.taken[tally.count++ & tally.ring] = payload;
      tally.sum += payload.length + payload[payload.length - 1];
    });
    return contestant(() => driveAll(driver, pool));
  }
  const receiver = createReceiver(loadWs(peer), input.role);
  receiver.on("message", (payload) => {
    tally.taken[tally.count++ & tally.ring] = payload;
    tally.sum += payload.length + payload[payload.length - 1];
  });
  return contestant(() => receiveAll(receiver, pool));
}
