import { RetainedBudget } from "../message/budget.ts";
import { Conversation, type ConversationOptions } from "./conversation.ts";
import { type AddressedSegment, type Packet, segmentIn } from "./packet.ts";
import type { Tally } from "./tally.ts";
import { TcpStream } from "./tcp-stream.ts";
import { plural } from "./wording.ts";

/** More connections than this are not followed at once: the one that has said nothing for longest is let go of. */
const MOST_CONNECTIONS = 16_384;

/** What all connections together keep of segments that wait for others. */
const MOST_WAITING = 64 * 2 ** 20;

/** A connection that is followed: what its two ends send, by their addresses. */
interface Followed {
  readonly conversation: Conversation;
  readonly streams: ReadonlyMap<string, TcpStream>;
  /** The first sequence number, to tell another connection between the same ports. */
  readonly opened: number | undefined;
}

/** Sorts the packets of a capture into connections. */
export class TcpConnections {
  readonly #options: ConversationOptions;
  readonly #tally: Tally;
  readonly #budget = new RetainedBudget(MOST_WAITING);
  /** By both addresses, the one that has been quiet longest first. */
  readonly #followed = new Map<string, Followed>();
  #fragments = 0;
  readonly #unknown = new Map<number, number>();

  constructor(options: Omit<ConversationOptions, "nextNumber">, tally: Tally) {
    let number = 0;
    this.#options = { ...options, nextNumber: () => ++number };
    this.#tally = tally;
  }

  take(packet: Packet): void {
    const segment = segmentIn(packet);
    if (segment === undefined) return;
    if (segment === "fragment") this.#fragments++;
    else if (segment === "link type") {
      this.#unknown.set(packet.linkType, (this.#unknown.get(packet.linkType) ?? 0) + 1);
    } else {
      this.#takeSegment(segment);
    }
  }

  end(): void {
    for (const followed of this.#followed.values()) this.#letGo(followed);
    this.#followed.clear();
    if (this.#fragments > 0) this.#note(`${plural(this.#fragments, "IP fragment")} not read`);
    for (const [linkType, count] of this.#unknown) {
      this.#note(
        `${plural(count, "packet")} of link type ${linkType} not read: it is none of Ethernet, Linux cooked, loopback or IP`,
      );
    }
  }

  #takeSegment(segment: AddressedSegment): void {
    const { from, to, syn, ack, rst, sequence } = segment;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    let followed = this.#followed.get(key);
    this.#followed.delete(key);
    if (followed !== undefined && syn && !ack && followed.opened !== sequence) {
      this.#letGo(followed);
      followed = undefined;
    }
    followed ??= this.#follow(segment);
    // At the end of the order, as the one that was heard last.
    this.#followed.set(key, followed);
    if (this.#followed.size > MOST_CONNECTIONS) this.#letGoOfQuietest();
    if (!rst) followed.streams.get(from)!.take(segment);
    if (rst || followed.conversation.closed) flush(followed);
  }

  #follow({ from, to, syn, ack, sequence }: AddressedSegment): Followed {
    const conversation = new Conversation([from, to], this.#options);
    const streams = new Map([
      [from, new TcpStream(conversation.sinkOf(0), this.#budget)],
      [to, new TcpStream(conversation.sinkOf(1), this.#budget)],
    ]);
    return { conversation, streams, opened: syn && !ack ? sequence : undefined };
  }

  #letGoOfQuietest(): void {
    const [[key, quietest]] = this.#followed;
    this.#followed.delete(key);
    this.#letGo(quietest);
  }

  #letGo(followed: Followed): void {
    flush(followed);
    const { skipped, tls } = followed.conversation;
    if (skipped) this.#tally.skip(tls);
  }

  #note(message: string): void {
    this.#options.emit({ type: "note", stream: undefined, message, incomplete: true });
  }
}

function flush({ streams }: Followed): void {
  for (const stream of streams.values()) stream.flush();
}
