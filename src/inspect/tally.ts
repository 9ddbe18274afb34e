import type { Emit, EndRecord, InspectionRecord, SummaryRecord } from "./records.ts";

/** Passes records on, and counts what the summary says of them. */
export class Tally {
  #streams = 0;
  #frames = 0;
  #messages = 0;
  #bytes = 0;
  #violations = 0;
  #skipped = 0;
  #tls = 0;
  readonly #emit: Emit;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  readonly emit = (record: InspectionRecord): void => {
    if (record.type === "end") this.#ended(record);
    if (record.type === "violation" || (record.type === "head" && record.error !== undefined)) this.#violations++;
    this.#emit(record);
  };

  skip(tls: boolean): void {
    this.#skipped++;
    if (tls) this.#tls++;
  }

  summary(format: SummaryRecord["format"]): SummaryRecord {
    return {
      type: "summary",
      format,
      valid: this.#violations === 0,
      streams: this.#streams,
      frames: this.#frames,
      messages: this.#messages,
      bytes: this.#bytes,
      violations: this.#violations,
      skipped: { connections: this.#skipped, tls: this.#tls },
    };
  }

  #ended({ frames, messages, bytes }: EndRecord): void {
    this.#streams++;
    this.#frames += frames;
    this.#messages += messages;
    this.#bytes += bytes;
  }
}
