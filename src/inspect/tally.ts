import type { Emit, EndRecord, InspectionRecord, SummaryRecord, Verdict } from "./records.ts";

/** Passes records on, and counts what the summary says of them. */
export class Tally {
  #streams = 0;
  #frames = 0;
  #messages = 0;
  #bytes = 0;
  #violations = 0;
  #heads = 0;
  #incomplete = false;
  #numbers = 0;
  #skipped = 0;
  #tls = 0;
  readonly #emit: Emit;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  readonly emit = (record: InspectionRecord): void => {
    if (record.type === "end") this.#ended(record);
    if (record.type === "head") this.#heads++;
    if (record.type === "violation" || (record.type === "head" && record.error !== undefined)) this.#violations++;
    if (record.type === "note" && record.incomplete) this.#incomplete = true;
    this.#emit(record);
  };

  /** That of a connection which asks for a WebSocket. */
  nextNumber(): number {
    return ++this.#numbers;
  }

  skip(tls: boolean): void {
    this.#skipped++;
    if (tls) this.#tls++;
  }

  summary(format: SummaryRecord["format"]): SummaryRecord {
    return {
      type: "summary",
      format,
      verdict: this.#verdict(),
      heads: this.#heads,
      streams: this.#streams,
      frames: this.#frames,
      messages: this.#messages,
      bytes: this.#bytes,
      violations: this.#violations,
      skipped: { connections: this.#skipped, tls: this.#tls },
    };
  }

  #verdict(): Verdict {
    if (this.#violations > 0) return "invalid";
    // A handshake that has not all its bytes may have opened one.
    if (this.#streams === 0 && !(this.#incomplete && this.#heads > 0)) return "nothing found";
    return this.#incomplete ? "incomplete" : "valid";
  }

  #ended({ state, frames, messages, bytes }: EndRecord): void {
    if (state.startsWith("in ")) this.#incomplete = true;
    this.#streams++;
    this.#frames += frames;
    this.#messages += messages;
    this.#bytes += bytes;
  }
}
