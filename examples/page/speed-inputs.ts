import type * as Wsimd from "wsimd";

// An import map does not apply in a worker, so the library is found by its place.
const { FrameEncoder, Opcode } = (await import(new URL("../wsimd/index.js", import.meta.url).href)) as typeof Wsimd;

export type PayloadKind = "binary" | "ascii" | "korean";

const LINES = {
  ascii: "The quick brown fox jumps over the lazy dog. ",
  korean: "다람쥐 헌 쳇바퀴에 타고파. ",
};

const CHUNK_SIZE = 65_536;
/** What a run goes over: it fits a second-level cache, where bytes lie that just came from the network. */
const POOL_SIZE = 8 * CHUNK_SIZE;
/** More payloads than these would make short runs of nothing but loading views. */
const MOST_PAYLOADS = 2048;

/** `count` payloads of `length` bytes, no two alike where there is room for that; text is valid UTF-8. */
function createPayloads(kind: PayloadKind, length: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = new Uint8Array(length);
    if (kind === "binary") return crypto.getRandomValues(bytes);
    const line = LINES[kind];
    // Whole characters only, and full stops where the next one does not fit.
    const text = line.slice(index % line.length) + line.repeat(Math.ceil(length / line.length));
    return bytes.fill(0x2e, new TextEncoder().encodeInto(text, bytes).written);
  });
}

/** Payloads one behind the other, as many as a run goes over. */
export class PayloadPool {
  readonly pristine: readonly Uint8Array[];
  /** Views of one buffer. */
  readonly payloads: readonly Uint8Array[];

  constructor(kind: PayloadKind, length: number) {
    this.pristine = createPayloads(kind, length, Math.min(MOST_PAYLOADS, Math.floor(POOL_SIZE / length)));
    const memory = new Uint8Array(length * this.pristine.length);
    this.payloads = this.pristine.map((_, index) => memory.subarray(index * length, (index + 1) * length));
    this.restore();
  }

  restore(): void {
    for (let index = 0; index < this.payloads.length; index++) this.payloads[index].set(this.pristine[index]);
  }
}

/** Chunks of masked frames, as a server reads them. Decoding changes a chunk, so that each run gets it fresh. */
export class ChunkPool {
  /** What each chunk's frames carry. */
  readonly payloads: readonly Uint8Array[];
  readonly chunks: readonly Uint8Array[];
  readonly #pristine: Uint8Array;

  constructor(kind: PayloadKind, length: number) {
    const encoder = new FrameEncoder({ role: "client" });
    const opcode = kind === "binary" ? Opcode.Binary : Opcode.Text;
    const frameLength = encoder.encode(opcode, new Uint8Array(length)).length;
    this.payloads = createPayloads(kind, length, Math.floor(CHUNK_SIZE / frameLength));
    this.#pristine = new Uint8Array(frameLength * this.payloads.length);
    this.payloads.forEach((payload, index) => {
      this.#pristine.set(encoder.encode(opcode, payload), index * frameLength);
    });
    this.chunks = Array.from({ length: POOL_SIZE / CHUNK_SIZE }, () => this.#pristine.slice());
  }

  get frames(): number {
    return this.chunks.length * this.payloads.length;
  }

  get frameLength(): number {
    return this.#pristine.length / this.payloads.length;
  }

  restore(): void {
    for (const chunk of this.chunks) chunk.set(this.#pristine);
  }
}
