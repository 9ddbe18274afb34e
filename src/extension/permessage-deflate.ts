import {
  type DecodedSink,
  type EncodedPayload,
  type Extension,
  type NegotiableExtension,
  RSV1,
} from "../message/extension.ts";
import { checkBytes, checkInteger, wrongType } from "../protocol/argument.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import type { Role } from "../protocol/role.ts";
import type { DeflateBackend, Deflater, Inflater } from "./backend.ts";
import { Compressor } from "./compressor.ts";
import { Decompressor } from "./decompressor.ts";
import { type Agreed, acceptAnswer, answerOffer, offerOf, type Wanted } from "./negotiation.ts";
import { MOST_WINDOW_BITS, TOKEN } from "./parameters.ts";
import { Spares } from "./spares.ts";

/** What a `permessageDeflate` is told: the parameters of RFC 7692 §7.1 that it asks for, and how it compresses. */
export interface PermessageDeflateOptions {
  /** What compresses: `pakoBackend` of `wsimd/deflate/pako`, or `zlibBackend` of `wsimd/deflate/zlib`. */
  readonly backend: DeflateBackend;
  /** Whether the server is to begin each message anew (RFC 7692 §7.1.1.1): it compresses worse, and neither end keeps a context for
   *  it. Default: false, as the peer asks. */
  readonly serverNoContextTakeover?: boolean;
  /** The same for the client's messages (RFC 7692 §7.1.1.2). */
  readonly clientNoContextTakeover?: boolean;
  /** The largest window the server may compress with, in bytes as a power of two: 8 to 15 (RFC 7692 §7.1.2.1). A client makes it a
   *  condition; a server that may have no more than 8 declines every offer, since there is no compressor for it. Default: 15. */
  readonly serverMaxWindowBits?: number;
  /**
   * The same for the client (RFC 7692 §7.1.2.2). A server declines the offers that do not let it say so; a client that may have
   * no more than 8 sends its messages as they are. Default: 15.
   */
  readonly clientMaxWindowBits?: number;
  /** The fewest bytes that a message has which is compressed, unless it is sent in fragments. Default: 1024. */
  readonly threshold?: number;
  /** From 0, no compression, and 1, the fastest, to 9, the best. Default: 6. */
  readonly level?: number;
  /** From 1, the least memory, to 9, the fastest. Default: 8. */
  readonly memoryLevel?: number;
}

/** The most bytes that zlib makes of one, with the smallest windows and the least memory: a ninth bit for each literal. */
const LONGEST = 1.125 + 1 / 256 + 1 / 512;

/**
 * permessage-deflate (RFC 7692), to be agreed on in handshakes: one for all connections, whose spare contexts it holds.
 * @throws TypeError or RangeError naming the option that is wrong.
 */
export function permessageDeflate(options: PermessageDeflateOptions): NegotiableExtension {
  return new PermessageDeflate(options);
}

class PermessageDeflate implements NegotiableExtension {
  readonly token = TOKEN;
  readonly #wanted: Wanted;
  readonly #threshold: number;
  readonly #inflaters: Spares<Inflater>;
  readonly #deflaters: Spares<Deflater>;

  constructor(options: PermessageDeflateOptions) {
    checkBackend(options?.backend);
    const { backend, threshold = 1024, level = 6, memoryLevel = 8 } = options;
    const { serverMaxWindowBits = MOST_WINDOW_BITS, clientMaxWindowBits = MOST_WINDOW_BITS } = options;
    const { serverNoContextTakeover = false, clientNoContextTakeover = false } = options;
    checkBoolean("serverNoContextTakeover", serverNoContextTakeover);
    checkBoolean("clientNoContextTakeover", clientNoContextTakeover);
    checkInteger("serverMaxWindowBits", serverMaxWindowBits, 8, MOST_WINDOW_BITS);
    checkInteger("clientMaxWindowBits", clientMaxWindowBits, 8, MOST_WINDOW_BITS);
    checkInteger("threshold", threshold, 0, Number.MAX_SAFE_INTEGER);
    checkInteger("level", level, 0, 9);
    checkInteger("memoryLevel", memoryLevel, 1, 9);
    this.#wanted = { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
    this.#threshold = threshold;
    this.#inflaters = new Spares((windowBits) => backend.createInflater(windowBits));
    this.#deflaters = new Spares((windowBits) => backend.createDeflater(windowBits, level, memoryLevel));
  }
  offers(): ExtensionElement[] {
    return [offerOf(this.#wanted)];
  }

  accept(answer: ExtensionElement): ReturnType<NegotiableExtension["accept"]> {
    const agreed = acceptAnswer(this.#wanted, answer);
    if (typeof agreed === "string") return { ok: false, reason: `${TOKEN}: ${agreed}` };
    return { ok: true, extension: this.#extensionFor("client", agreed) };
  }

  answer(offers: readonly ExtensionElement[]): ReturnType<NegotiableExtension["answer"]> {
    for (const offer of offers) {
      const answered = answerOffer(this.#wanted, offer);
      if (answered === undefined) continue;
      return { answer: answered.answer, extension: this.#extensionFor("server", answered.agreed) };
    }
    return undefined;
  }

  #extensionFor(role: Role, agreed: Agreed): Extension {
    const server = { bits: agreed.serverMaxWindowBits, takeover: !agreed.serverNoContextTakeover };
    const client = { bits: agreed.clientMaxWindowBits, takeover: !agreed.clientNoContextTakeover };
    const [ours, theirs] = role === "server" ? [server, client] : [client, server];
    const compressor = new Compressor(this.#deflaters, ours.bits, ours.takeover, this.#threshold);
    return new DeflateExtension(compressor, new Decompressor(this.#inflaters, theirs.bits, theirs.takeover));
  }
}

/** What was agreed on, at work for one connection. */
class DeflateExtension implements Extension {
  readonly rsv = RSV1;
  readonly #compressor: Compressor;
  readonly #decompressor: Decompressor;

  constructor(compressor: Compressor, decompressor: Decompressor) {
    this.#compressor = compressor;
    this.#decompressor = decompressor;
  }

  get threshold(): number {
    return this.#compressor.threshold;
  }

  get preparation(): string {
    return `${TOKEN} ${this.#compressor.windowBits}`;
  }

  longestEncoding(length: number): number {
    return Math.ceil(length * LONGEST) + 64;
  }

  decode(piece: Uint8Array, last: boolean, sink: DecodedSink): boolean {
    return this.#decompressor.decode(piece, last, sink);
  }

  encode(payload: Uint8Array, fin: boolean): EncodedPayload {
    // zlib would end the whole process over anything else.
    checkBytes("payload", payload);
    return this.#compressor.encode(payload, fin);
  }

  prepare(payload: Uint8Array): EncodedPayload {
    checkBytes("payload", payload);
    return this.#compressor.prepare(payload);
  }

  dropEncoder(): void {
    this.#compressor.drop();
  }

  dropDecoder(): void {
    this.#decompressor.drop();
  }

  release(): void {
    this.#compressor.drop();
    this.#decompressor.release();
  }
}

/** A caller in plain JavaScript may have passed anything. */
function checkBackend(backend: DeflateBackend): void {
  const { createInflater, createDeflater } = backend ?? {};
  if (typeof createInflater === "function" && typeof createDeflater === "function") return;
  throw wrongType("backend", "a DeflateBackend, such as pakoBackend", backend);
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== "boolean") throw wrongType(name, "a boolean", value);
}
