import { HandshakeError } from "../handshake/handshake-error.ts";
import type { Sha1 } from "../handshake/key.ts";
import type { Upgrade } from "../handshake/request.ts";
import type { Role } from "../protocol/role.ts";
import type { Decompression } from "./decompression.ts";
import { FrameStream, type FrameStreamOptions } from "./frame-stream.ts";
import { type Beginning, HeadReader } from "./head-reader.ts";
import { asksForWebSocket, brokenHead, type ListedHead, readRequest, readResponse } from "./opening.ts";
import type { StreamOrigin } from "./records.ts";
import type { Tally } from "./tally.ts";
import { type ByteSink, PIECE_COST } from "./tcp-stream.ts";
import { plural, pluralIs } from "./wording.ts";

export interface ConversationOptions extends FrameStreamOptions {
  readonly sha1: Sha1;
  readonly tally: Tally;
}

/** What a client sends before the answer is there waits for it, up to so many bytes. */
const MOST_WAITING = 65_536;

/** One end of the connection, and what it sends. */
class Side {
  readonly address: string;
  readonly head = new HeadReader();
  /** Before the frames begin. */
  readonly waiting: Uint8Array[] = [];
  /** What that costs. */
  waits = 0;
  frames: FrameStream | undefined;
  ended = false;
  /** Whether it is not what could be read. */
  unread = false;
  /** How many bytes came after its end. */
  late = 0;

  constructor(address: string) {
    this.address = address;
  }

  wait(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    // A copy: the chunk of the capture need not stay for it.
    this.waiting.push(chunk.slice());
    this.waits += chunk.length + PIECE_COST;
  }
}

/**
 * Both directions of a TCP connection that opens a WebSocket. One that asks for none, is encrypted, or was begun before the
 * capture, is not read.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #sides: readonly [Side, Side];
  /** `closed` when it opens no WebSocket, or has not begun with one. */
  #state: "request" | "response" | "open" | "closed" = "request";
  #number: number | undefined;
  #client: Side | undefined;
  #upgrade: Upgrade | undefined;
  /** Whether it began as TLS does. */
  #tls = false;

  constructor(addresses: readonly [string, string], options: ConversationOptions) {
    this.#options = options;
    this.#sides = [new Side(addresses[0]), new Side(addresses[1])];
  }

  /** Whether nothing more of it is read. */
  get closed(): boolean {
    return this.#state === "closed";
  }

  /** Whether it is a WebSocket, or asks for one, and neither end has ended. */
  get live(): boolean {
    return this.open && this.#sides.every(({ ended }) => !ended);
  }

  /** Whether it is a WebSocket, or asks for one, and not both ends have ended. */
  get open(): boolean {
    return this.#number !== undefined && !this.closed && this.#sides.some(({ ended }) => !ended);
  }

  /** Nothing more comes: what came after the end is told, and whether it never asked for a WebSocket. */
  letGo(): void {
    if (this.#number === undefined) this.#options.tally.skip(this.#tls);
    for (const side of this.#sides) {
      if (side.frames === undefined || side.late === 0) continue;
      this.#note(side, `${plural(side.late, "byte")} came after the end of the connection: they are not read`, true);
    }
  }

  /** What takes the bytes that one end sends. */
  sinkOf(index: 0 | 1): ByteSink {
    const side = this.#sides[index];
    return {
      push: (chunk) => this.#push(side, chunk),
      missing: (count) => this.#missing(side, count),
      end: () => this.#end(side),
      late: (count) => {
        side.late += count;
      },
    };
  }

  #push(side: Side, chunk: Uint8Array): void {
    if (this.#state === "closed" || side.unread) return;
    if (side.frames !== undefined) {
      side.frames.push(chunk);
    } else if (side === this.#client) {
      side.wait(chunk);
      if (side.waits > MOST_WAITING) this.#openUnanswered();
    } else {
      this.#readHead(side, chunk);
    }
  }

  #missing(side: Side, count: number): void {
    if (side.frames !== undefined) {
      side.frames.missing(count);
      return;
    }
    if (this.#client !== undefined && this.#state === "response") {
      this.#note(
        side,
        `${pluralIs(count, "byte")} missing in the capture from the opening handshake: what follows is not read`,
        true,
      );
    }
    this.#giveUp(side);
  }

  #end(side: Side): void {
    side.ended = true;
    if (this.#state === "response" && side !== this.#client) this.#openUnanswered();
    side.frames?.end();
  }

  #readHead(side: Side, chunk: Uint8Array): void {
    if (side.head.length === 0) this.#tls ||= chunk[0] === 0x16 && chunk[1] === 0x03;
    let beginning: Beginning | undefined;
    try {
      beginning = side.head.push(chunk);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      if (this.#client !== undefined) this.#list(side, side.head.length, brokenHead(side.head.kind, error));
      this.#giveUp(side);
      return;
    }
    if (beginning === undefined) return;
    if (beginning.kind === "request" && this.#state === "request") this.#takeRequest(side, beginning);
    else if (beginning.kind === "response" && this.#client !== undefined) this.#takeResponse(side, beginning);
    else this.#giveUp(side);
  }

  #takeRequest(side: Side, { head, length, rest }: Extract<Beginning, { readonly kind: "request" }>): void {
    this.#state = "closed";
    if (!asksForWebSocket(head)) return;
    this.#client = side;
    this.#number = this.#options.tally.nextNumber();
    const { listed, upgrade } = readRequest(head);
    this.#list(side, length, listed);
    if (upgrade === undefined) return;
    this.#upgrade = upgrade;
    this.#state = "response";
    side.wait(rest);
  }

  #takeResponse(side: Side, { head, length, rest }: Extract<Beginning, { readonly kind: "response" }>): void {
    const { listed, note, decompressionOf } = readResponse(head, this.#upgrade, this.#options.sha1);
    this.#list(side, length, listed);
    if (!listed.opens) {
      this.#giveUp(side);
      return;
    }
    this.#state = "open";
    if (note !== undefined) this.#note(side, note, false);
    side.wait(rest);
    for (const one of this.#sides) {
      if (one.frames === undefined) this.#begin(one, decompressionOf(this.#origin(one).sender));
    }
  }

  /** Nothing more is read of one end, nor of the other, unless it has begun to send frames. */
  #giveUp(side: Side): void {
    side.unread = true;
    if (this.#state !== "open") this.#state = "closed";
  }

  /** The answer is not there: what the client sends is read as if nothing had been agreed on. */
  #openUnanswered(): void {
    const client = this.#client!;
    this.#note(client, "the server's answer is not in the capture: no extension is taken to be agreed on", true);
    this.#state = "open";
    this.#begin(client, undefined);
  }

  #begin(side: Side, decompression: Decompression | undefined): void {
    side.frames = new FrameStream(this.#origin(side), decompression, this.#options);
    for (const chunk of side.waiting.splice(0)) side.frames.push(chunk);
    if (side.ended) side.frames.end();
  }

  #list(side: Side, length: number, listed: ListedHead): void {
    this.#options.emit({ type: "head", stream: this.#origin(side), length, ...listed });
  }

  #note(side: Side, message: string, incomplete: boolean): void {
    this.#options.emit({ type: "note", stream: this.#origin(side), message, incomplete });
  }

  #origin(side: Side): StreamOrigin {
    const [one, other] = this.#sides;
    const sender: Role = side === this.#client ? "client" : "server";
    return { sender, connection: this.#number!, from: side.address, to: (side === one ? other : one).address };
  }
}
