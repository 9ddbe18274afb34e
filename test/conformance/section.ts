/** A section of an RFC. */
export interface Section {
  /** How often it says MUST, in capitals or not, or SHALL or REQUIRED: as many as are in what is quoted. */
  readonly musts: number;
  readonly requirements: readonly Requirement[];
}

/**
 * A sentence that says what an endpoint must do. Without a MUST of its own it is a step of an algorithm that one introduces
 * (§2 of both RFCs), or what such a step rests on.
 */
export interface Requirement {
  /** Word for word, but for the line breaks. */
  readonly text: string;
  readonly binds: "client" | "server" | "both" | "others";
  /** The tests that hold it: `file > describe > test`, the titles as they stand in the source. */
  readonly tests?: readonly string[];
  /** Why it is none of ours, or, beside tests, what of it is not. */
  readonly why?: string;
}
