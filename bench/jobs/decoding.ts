// What the decode jobs share: the chunks that go in, and how what comes out is counted and checked.

import type { Role } from "wsimd";
import { type Contestant, comparePayloads } from "../contest.ts";
import { CHUNK_SIZE, createFrames, type Frames } from "../payloads.ts";
import { createDriver, driveAll } from "../peers/websocket-driver.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { ChunkPool, POOL_BYTES, poolBytes, SLOT_COUNT } from "../pool.ts";
import { Tally } from "../tally.ts";

/** Chunks, and the frames they hold. */
interface Chunks {
  readonly frames: Frames;
  /** A contestant's own chunks. */
  readonly makePool: () => ChunkPool;
  /** How often the chunks hold all frames. */
  readonly times: number;
}

/** What a measurement decodes. */
export interface DecodeInput extends Chunks {
  readonly role: Role;
  /** Whether the chunks are read into the kernel's receive buffers. */
  readonly received: boolean;
  /** How often a run goes over the chunks. */
  readonly passes: number;
}

/** More would make a run longer, and no better. */
const MOST_MESSAGES = 16_384;
/** Chunks of one frame, each in memory of its own: more of them would be the garbage collector's work. */
const MOST_CHUNKS = 2048;
const FRAGMENTS = 4;

/** What is not masked is not changed, so a run can go over it again until it has enough messages for the clock. */
const ENOUGH_MESSAGES = 256;
const MOST_PASSES = 16;

export function decodeInput(measurement: Measurement): DecodeInput {
  const masked = !measurement.variant.includes("unmasked");
  const chunks = chunksOf(measurement, masked);
  const wanted = Math.ceil(ENOUGH_MESSAGES / (chunks.times * chunks.frames.payloads.length));
  return {
    ...chunks,
    role: masked ? "server" : "client",
    received: measurement.variant.startsWith("received"),
    passes: masked ? 1 : Math.min(wanted, MOST_PASSES),
  };
}

function chunksOf({ payload, bytes, variant }: Measurement, masked: boolean): Chunks {
  switch (variant) {
    case "masked, cut":
    case "unmasked, cut":
    case "whole":
    case "fragmented": {
      const fragments = variant === "fragmented" ? FRAGMENTS : 1;
      const frames = createFrames(payload, bytes, { room: poolBytes(bytes), most: MOST_MESSAGES, masked, fragments });
      return { frames, makePool: () => ChunkPool.cutting(frames.bytes, CHUNK_SIZE), times: 1 };
    }
    case "masked, single":
    case "unmasked, single": {
      const frames = createFrames(payload, bytes, { room: POOL_BYTES, most: MOST_CHUNKS, masked });
      const frameLength = frames.bytes.length / frames.payloads.length;
      return { frames, makePool: () => ChunkPool.cutting(frames.bytes, frameLength), times: 1 };
    }
    case "masked, whole":
    case "received, masked":
    case "received, unmasked": {
      const frames = createFrames(payload, bytes, { masked });
      const times = variant === "masked, whole" ? Math.floor(POOL_BYTES / frames.bytes.length) : SLOT_COUNT;
      return { frames, makePool: () => ChunkPool.repeating(frames.bytes, times), times };
    }
    default:
      throw new Error(`nothing is decoded that is ${variant}`);
  }
}

/** How many messages a run decodes. */
export function messagesOf({ frames, times, passes }: DecodeInput): number {
  return passes * times * frames.payloads.length;
}

/**
 * `decode` goes over the chunks once. It leaves its results in `tally`, of which each message adds `part`; `payloadsOf` turns them, once all are
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
  const { passes, times, frames } = input;
  const { payloads } = frames;
  const count = messagesOf(input);
  const run = (): number => {
    tally.begin();
    for (let pass = 0; pass < passes; pass++) decode();
    return tally.count + tally.sum;
  };
  return {
    name,
    expected: count + passes * times * payloads.reduce((sum, payload) => sum + part(payload), 0),
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
