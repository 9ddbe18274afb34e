import { type Frame, FrameDecoder, type FrameHandler, type Kernel } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import { createDriver, driveAll } from "../peers/websocket-driver.ts";
import { createReceiver, loadWs, receiveAll } from "../peers/ws.ts";
import type { Measurement, Peer } from "../plan.ts";
import { Tally } from "../tally.ts";
import { type DecodeInput, decodeContestant, decodeInput, messagesOf } from "./decoding.ts";

/** Every text becomes a string, of which the first and last unit are read: one put together of pieces is joined then. */
export function decodeStringContest(kernel: Kernel, measurement: Measurement): Contest {
  const input = decodeInput(measurement);
  return {
    operations: messagesOf(input),
    subject: decoder(kernel, input),
    peers: measurement.peers.map((peer) => stringPeer(peer, input)),
  };
}

/** A class, as a framework's connection is: its method is one function, whatever the number of handlers. */
class StringHandler extends Tally<string> implements FrameHandler {
  /** What has come of a frame that was cut, and whether it is all ASCII. */
  #pieces: Uint8Array[] = [];
  #ascii = true;

  onFrame(frame: Frame): void {
    const text = frame.first && frame.last ? frame.text() : this.#join(frame);
    if (text === undefined) return;
    this.taken[this.count++ & this.ring] = text;
    this.sum += text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
  }

  #join(frame: Frame): string | undefined {
    this.#pieces.push(frame.payload);
    this.#ascii &&= frame.ascii;
    if (!frame.last) return undefined;
    const text = Buffer.concat(this.#pieces).toString(this.#ascii ? "latin1" : "utf8");
    this.#pieces = [];
    this.#ascii = true;
    return text;
  }
}

function decoder(kernel: Kernel, input: DecodeInput): Contestant {
  const decoder = new FrameDecoder({ role: input.role, kernel });
  const handler = new StringHandler();
  const pool = input.makePool();
  return contestant(kernel.name, input, pool, handler, () => {
    for (const bytes of pool.chunks) decoder.decode(bytes, handler);
  });
}

function stringPeer(peer: Peer, input: DecodeInput): Contestant {
  const pool = input.makePool();
  const tally = new Tally<string>();
  if (peer === "websocket-driver") {
    const driver = createDriver(input.role);
    driver.messages.on("data", (text: string) => {
      tally.taken[tally.count++ & tally.ring] = text;
      tally.sum += text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
    });
    return contestant(peer, input, pool, tally, () => driveAll(driver, pool));
  }
  const receiver = createReceiver(loadWs(peer), input.role);
  receiver.on("message", (payload) => {
    const text = payload.toString();
    tally.taken[tally.count++ & tally.ring] = text;
    tally.sum += text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
  });
  return contestant(peer, input, pool, tally, () => receiveAll(receiver, pool));
}

function contestant(
  name: string,
  input: DecodeInput,
  pool: ReturnType<DecodeInput["makePool"]>,
  tally: Tally<string>,
  decode: () => void,
): Contestant {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const part = (payload: Uint8Array): number => {
    const text = utf8.decode(payload);
    return text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
  };
  // No two strings without lone surrogates have the same UTF-8.
  return decodeContestant(name, input, pool, tally, part, decode, (collect) =>
    collect().map((text) => Buffer.from(text)),
  );
}
