import { HandshakeError } from "../handshake/handshake-error.ts";
import type { Sha1 } from "../handshake/key.ts";
import { join } from "../message/join.ts";
import type { Role } from "../protocol/role.ts";
import { FrameStream, type FrameStreamOptions } from "./frame-stream.ts";
import { type Beginning, HeadReader } from "./head-reader.ts";
import { otherRole } from "./names.ts";
import { assumedDeflate, brokenHead, type ReadResponse, readRequest, readResponse } from "./opening.ts";

export interface LoneStreamOptions extends FrameStreamOptions {
  /** Who reads the stream. `undefined`: told by its head, or by whether its first frame is masked. */
  readonly role: Role | undefined;
  /** Whether messages with RSV1 are decompressed where no answer tells what was agreed on. */
  readonly deflate: boolean;
  readonly sha1: Sha1;
}

/** What is known behind a request. */
const NOTHING_AGREED: Pick<ReadResponse, "note" | "decompressionOf"> = {
  note: undefined,
  decompressionOf: () => undefined,
};

/** What one end of one connection sent, in a file of nothing else: perhaps a head, then frames. */
export class LoneStream {
  readonly #options: LoneStreamOptions;
  #head: HeadReader | undefined = new HeadReader();
  /** The first byte, until the second tells who sends. */
  #first: Uint8Array = new Uint8Array(0);
  #frames: FrameStream | undefined;
  /** Whether the head opens no WebSocket. */
  #refused = false;

  constructor(options: LoneStreamOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    if (this.#frames !== undefined) this.#frames.push(chunk);
    else if (this.#head !== undefined) this.#readHead(this.#head, chunk);
    else if (!this.#refused) this.#readFirst(chunk);
  }

  end(): void {
    if (this.#head !== undefined) {
      const { length, kind } = this.#head;
      if (length === 0) return;
      const held = this.#head.end();
      if (held.length < length) {
        const stream = { sender: senderOf(kind) };
        this.#options.emit({ type: "end", stream, state: "in a head", frames: 0, messages: 0, bytes: 0, unread: 0 });
        return;
      }
      this.#readFirst(held);
    }
    if (this.#refused) return;
    // The rules for a client are those that a single byte can be judged by.
    this.#frames ??= this.#begin(this.#options.role ?? "client", this.#first);
    this.#frames.end();
  }

  #readHead(reader: HeadReader, chunk: Uint8Array): void {
    let beginning: Beginning | undefined;
    try {
      beginning = reader.push(chunk);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      const stream = { sender: senderOf(reader.kind) };
      this.#options.emit({ type: "head", stream, length: reader.length, ...brokenHead(reader.kind, error) });
      this.#head = undefined;
      this.#refused = true;
      return;
    }
    if (beginning === undefined) return;
    this.#head = undefined;
    if (beginning.kind === "frames") this.#readFirst(beginning.rest);
    else this.#readOpening(beginning);
  }

  #readOpening(beginning: Exclude<Beginning, { readonly kind: "frames" }>): void {
    const { emit, role, deflate, sha1 } = this.#options;
    const { kind, length, rest } = beginning;
    const sender = senderOf(kind);
    const read = kind === "request" ? readRequest(beginning.head) : readResponse(beginning.head, undefined, sha1);
    emit({ type: "head", stream: { sender }, length, ...read.listed });
    this.#refused = !read.listed.opens;
    if (this.#refused) return;
    const { note, decompressionOf } = "note" in read ? read : NOTHING_AGREED;
    if (note !== undefined) emit({ type: "note", stream: { sender }, message: note, incomplete: false });
    const decompression = decompressionOf(sender) ?? (deflate ? assumedDeflate() : undefined);
    this.#frames = new FrameStream(
      { sender: role === undefined ? sender : otherRole(role) },
      decompression,
      this.#options,
    );
    this.#frames.push(rest);
  }

  #readFirst(chunk: Uint8Array): void {
    const bytes = join([this.#first, chunk]);
    this.#first = bytes;
    const { role } = this.#options;
    // §5.1: "a client MUST mask all frames that it sends to the server", and a server must not.
    if (role !== undefined) this.#frames = this.#begin(role, bytes);
    else if (bytes.length > 1) this.#frames = this.#begin((bytes[1] & 0x80) === 0 ? "client" : "server", bytes);
  }

  #begin(role: Role, bytes: Uint8Array): FrameStream {
    const decompression = this.#options.deflate ? assumedDeflate() : undefined;
    const frames = new FrameStream({ sender: otherRole(role) }, decompression, this.#options);
    frames.push(bytes);
    return frames;
  }
}

function senderOf(head: "request" | "response"): Role {
  return head === "request" ? "client" : "server";
}
