import { type Kernel, type Message, MessageDecoder, type MessageHandler } from "wsimd";
import type { Contest, Contestant } from "../contest.ts";
import type { Measurement } from "../plan.ts";
import { Tally } from "../tally.ts";
import { type DecodeInput, decodeContestant, decodeInput, messagesOf, partOfView, viewPeer } from "./decoding.ts";

/** Every message, however it is cut or fragmented, becomes bytes in one piece. */
export function decodeMessageContest(kernel: Kernel, measurement: Measurement): Contest {
  const input = decodeInput(measurement);
  return {
    operations: messagesOf(input),
    subject: decoder(kernel, input),
    peers: measurement.peers.map((peer) => viewPeer(peer, input)),
  };
}

/** A class, as a framework's connection is: its method is one function, whatever the number of handlers. */
class DataHandler extends Tally<Uint8Array> implements MessageHandler {
  onMessage(message: Message): void {
    const data = message.data;
    this.taken[this.count++ & this.ring] = data;
    this.sum += data.length + data[data.length - 1];
  }

  onPing(): void {}
  onPong(): void {}
  onClose(): void {}
}

function decoder(kernel: Kernel, input: DecodeInput): Contestant {
  const decoder = new MessageDecoder({ role: input.role, kernel });
  const handler = new DataHandler();
  const pool = input.makePool();
  const decode = (): void => {
    for (const bytes of pool.chunks) decoder.decode(bytes, handler);
  };
  return decodeContestant(kernel.name, input, pool, handler, partOfView, decode, (collect) => collect());
}
