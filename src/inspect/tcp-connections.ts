import { RetainedBudget } from "../message/budget.ts";
import { Conversation, type ConversationOptions } from "./conversation.ts";
import { type AddressedSegment, type Packet, segmentIn } from "./packet.ts";
import { TcpStream } from "./tcp-stream.ts";
import { grouped, plural } from "./wording.ts";

/** More connections than this are not followed at once: the one that has said nothing for longest is let go of, of those that
 * are no live WebSocket where there are any. */
const MOST_CONNECTIONS = 16_384;

/** What all connections together keep of segments that wait for others. */
const MOST_WAITING = 64 * 2 ** 20;

/** A connection that is followed: what its two ends send, by their addresses. */
interface Followed {
  readonly conversation: Conversation;
  readonly streams: ReadonlyMap<string, TcpStream>;
}

/** Sorts the packets of a capture into connections. */
export class TcpConnections {
  readonly #options: ConversationOptions;
  readonly #budget = new RetainedBudget(MOST_WAITING);
  /** By both addresses, the one that has been quiet longest first. */
  readonly #live = new Map<string, Followed>();
  /** So, too, those that have opened no WebSocket, or have ended. */
  readonly #others = new Map<string, Followed>();
  readonly #most: number;
  /** WebSockets that were let go of before their end, the first one first: what still comes of them is passed over. */
  readonly #unread = new Set<string>();
  /** How many there were, those that are no longer known included. */
  #letGoOfOpen = 0;
  #fragments = 0;
  readonly #unknown = new Map<number, number>();

  constructor(options: ConversationOptions, most: number = MOST_CONNECTIONS) {
    this.#options = options;
    this.#most = most;
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
    for (const all of [this.#others, this.#live]) {
      for (const followed of all.values()) this.#letGo(followed);
      all.clear();
    }
    if (this.#letGoOfOpen > 0) {
      const why = `more than ${grouped(this.#most)} were open at once`;
      this.#note(`${plural(this.#letGoOfOpen, "WebSocket")} not read to their end: ${why}`);
    }
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
    if (this.#unread.has(key)) {
      if (!syn) return;
      this.#unread.delete(key);
    }
    let followed = this.#live.get(key) ?? this.#others.get(key);
    this.#live.delete(key);
    this.#others.delete(key);
    if (followed !== undefined && syn && followed.streams.get(from)!.isBegunAnew(sequence)) {
      // RFC 9293 §3.10.7.4: a live connection does not heed a SYN. That it is live no more, the answer to the SYN tells.
      if (followed.conversation.live && !ack) {
        this.#live.set(key, followed);
        return;
      }
      this.#letGo(followed);
      followed = undefined;
    }
    if (followed === undefined && this.#live.size + this.#others.size >= this.#most) this.#letGoOfQuietest();
    followed ??= this.#follow(segment);
    const stream = followed.streams.get(from)!;
    const reset = rst && stream.isResetBy(sequence);
    if (!rst) stream.take(segment);
    if (reset || followed.conversation.closed) flush(followed);
    // At the end of the order, as the one that was heard last.
    (followed.conversation.live ? this.#live : this.#others).set(key, followed);
  }

  #follow({ from, to }: AddressedSegment): Followed {
    const conversation = new Conversation([from, to], this.#options);
    const streams = new Map([
      [from, new TcpStream(conversation.sinkOf(0), this.#budget)],
      [to, new TcpStream(conversation.sinkOf(1), this.#budget)],
    ]);
    return { conversation, streams };
  }

  #letGoOfQuietest(): void {
    const all = this.#others.size > 0 ? this.#others : this.#live;
    const [[key, quietest]] = all;
    all.delete(key);
    if (quietest.conversation.open) this.#forgo(key);
    this.#letGo(quietest);
  }

  /** The rest of a WebSocket is not read: it is told from connections whose beginning is not in the capture as long as it is known. */
  #forgo(key: string): void {
    this.#letGoOfOpen++;
    if (this.#unread.size >= this.#most) {
      const [first] = this.#unread;
      this.#unread.delete(first);
    }
    this.#unread.add(key);
  }

  #letGo(followed: Followed): void {
    flush(followed);
    followed.conversation.letGo();
  }

  #note(message: string): void {
    this.#options.emit({ type: "note", stream: undefined, message, incomplete: true });
  }
}

function flush({ streams }: Followed): void {
  for (const stream of streams.values()) stream.flush();
}
