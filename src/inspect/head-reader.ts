import { HandshakeError } from "../handshake/handshake-error.ts";
import { HeadParser, type RequestHead, type ResponseHead } from "../handshake/head-parser.ts";
import { join } from "../message/join.ts";

/** What a stream turned out to begin with, and the bytes behind it. */
export type Beginning = { readonly rest: Uint8Array } & (
  | { readonly kind: "request"; readonly head: RequestHead; readonly length: number }
  | { readonly kind: "response"; readonly head: ResponseHead; readonly length: number }
  | { readonly kind: "frames" }
);

// As the start of a frame, both would set RSV1 and carry an opcode or a FIN bit that cannot be.
const STARTS = { request: "GET ", response: "HTTP/" } as const;

/** More interim responses than this, of which a server sends one or two, are refused. */
const MOST_INTERIM = 100;

/** Tells by its first bytes whether a stream begins with an HTTP head, and reads it. */
export class HeadReader {
  #held: Uint8Array = new Uint8Array(0);
  #parser: { readonly kind: "request" | "response"; readonly push: Push } | undefined;
  #length = 0;
  #interim = 0;

  /** What it begins as, so far. */
  get kind(): "request" | "response" {
    return this.#parser?.kind ?? "request";
  }

  /** How many bytes have come of a head that is not complete. */
  get length(): number {
    return this.#length;
  }

  /**
   * `undefined` until it is known. Interim responses (RFC 9110 §15.2) are passed over.
   * @throws HandshakeError when what begins as a head is none, or is too long.
   */
  push(chunk: Uint8Array): Beginning | undefined {
    this.#length += chunk.length;
    if (this.#parser !== undefined) return this.#read(chunk);
    const bytes = join([this.#held, chunk]);
    const begun = (["request", "response"] as const).find((kind) => begins(bytes, STARTS[kind]));
    if (begun === undefined) return { kind: "frames", rest: bytes };
    this.#held = bytes;
    if (bytes.length < STARTS[begun].length) return undefined;
    this.#begin(begun);
    return this.#read(bytes);
  }

  /** The stream has ended: what was held, if it was not yet known what it is. */
  end(): Uint8Array {
    return this.#parser === undefined ? this.#held : new Uint8Array(0);
  }

  #begin(kind: "request" | "response"): void {
    const parser = new HeadParser(kind);
    this.#parser = { kind, push: (chunk) => parser.push(chunk) };
  }

  #read(chunk: Uint8Array): Beginning | undefined {
    for (let bytes = chunk; ; ) {
      const { kind, push } = this.#parser!;
      const read = push(bytes);
      if (read === undefined) return undefined;
      const { head, rest } = read;
      const length = this.#length - rest.length;
      if (kind === "request") return { kind, head: head as RequestHead, rest, length };
      const { status } = head as ResponseHead;
      if (status >= 200 || status === 101) return { kind, head: head as ResponseHead, rest, length };
      if (++this.#interim > MOST_INTERIM) throw new HandshakeError("HEAD_TOO_LONG");
      this.#begin(kind);
      bytes = rest;
    }
  }
}

type Push = (chunk: Uint8Array) => { readonly head: RequestHead | ResponseHead; readonly rest: Uint8Array } | undefined;

/** Whether `bytes` may be the beginning of what begins with `start`. */
function begins(bytes: Uint8Array, start: string): boolean {
  for (let at = 0; at < Math.min(bytes.length, start.length); at++) {
    if (bytes[at] !== start.charCodeAt(at)) return false;
  }
  return true;
}
