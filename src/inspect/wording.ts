import { ERRORS, type ErrorCode } from "../protocol/errors.ts";
import type { EndRecord, SummaryRecord, ViolationRecord } from "./records.ts";

/** Long texts are put together of blocks: of single characters they would take many times the memory. */
const BLOCK = 4096;
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  const blocks: string[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK) {
    blocks.push(Array.from(bytes.subarray(at, at + BLOCK), (byte) => DIGITS[byte]).join(""));
  }
  return blocks.join("");
}

/** Hex of two digits a byte, as records have it, with a space between bytes. */
export function spacedHex(hex: string): string {
  const blocks: string[] = [];
  for (let at = 0; at < hex.length; at += BLOCK)
    blocks.push(
      hex
        .slice(at, at + BLOCK)
        .match(/../g)!
        .join(" "),
    );
  return blocks.join(" ");
}

// One for all: each call of toLocaleString makes another.
const NUMBERS = new Intl.NumberFormat("en");

/** `65,536`. */
export function grouped(count: number): string {
  return count < 1000 ? String(count) : NUMBERS.format(count);
}

/** `1 byte`, `2 bytes`, `65,536 bytes`. */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `1 byte is`, `2 bytes are`. */
export function pluralIs(count: number, noun: string): string {
  return `${plural(count, noun)} ${count === 1 ? "is" : "are"}`;
}

/**
 * `text` with what a terminal would act on, and what reorders or hides characters, escaped: control characters, line and
 * paragraph separators, bidirectional controls, half a surrogate pair.
 */
export function escapeText(text: string): string {
  return escaped(text, (character) => SHORT_ESCAPES.get(character) ?? `\\u{${hexOfCode(character)}}`);
}

/** The same for JSON, which stays what it is. */
export function escapeJson(json: string): string {
  return escaped(json, (character) => `\\u${hexOfCode(character).padStart(4, "0")}`);
}

const ESCAPED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const BLOCKS = new RegExp(`[^]{1,${BLOCK}}`, "gu");

function escaped(text: string, escapeOf: (character: string) => string): string {
  if (text.search(ESCAPED) < 0) return text;
  return text.replace(BLOCKS, (block) => block.replace(ESCAPED, escapeOf));
}

function hexOfCode(character: string): string {
  return character.codePointAt(0)!.toString(16);
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

const RESERVED_BITS = ["RSV1", "RSV2", "RSV3"] as const;

/** The reserved bits that are set, of `rsv` as a `FrameRecord` has it: `["RSV1"]` for 4. */
export function reservedBits(rsv: number): readonly string[] {
  return RESERVED_BITS.filter((_, at) => (rsv & (4 >> at)) !== 0);
}

/** `3 frames, 2 messages, 65,536 bytes`. */
function counted({ frames, messages, bytes }: EndRecord | SummaryRecord): string {
  return [plural(frames, "frame"), plural(messages, "message"), plural(bytes, "byte")].join(", ");
}

/** What a stream had, and where there is something to say of it, how it ended: a sentence without its stop. */
export function describeEnd(end: EndRecord): string {
  const how = howEnded(end);
  return `${counted(end)}${how === "" ? "" : `; ${how}`}`;
}

function howEnded({ state, unread }: EndRecord): string {
  const left = `${pluralIs(unread, "byte")}`;
  switch (state) {
    case "complete":
      return "";
    case "closed":
      return unread === 0 ? "" : `${left} after the Close frame, and discarded`;
    case "violation":
      return `the stream cannot be read on: ${left} left unread, from the fault on`;
    case "missing bytes":
      return `the stream cannot be read on: ${left} left unread`;
    default:
      return `the stream ends inside ${state.slice("in ".length)}`;
  }
}

/**
 * What stands behind the verdict of a summary: `3 frames, 2 messages, 65,536 bytes in 2 streams, no violation`; in a second sentence,
 * what of a capture was passed over. Neither has its stop.
 */
export function describeSummary(summary: SummaryRecord): readonly string[] {
  const skipped = describeSkipped(summary);
  if (summary.verdict === "nothing found") return [skipped[0] ?? whyNothing(summary)];
  const { streams, violations, verdict } = summary;
  const none = verdict === "incomplete" ? "no violation in what is there" : "no violation";
  const broken = violations === 0 ? none : plural(violations, "violation");
  return [`${counted(summary)} in ${plural(streams, "stream")}, ${broken}`, ...skipped];
}

function describeSkipped({ skipped: { connections, tls } }: SummaryRecord): string[] {
  if (connections === 0) return [];
  const encrypted = tls === 0 ? "" : `; ${grouped(tls)} of them TLS, which must be decrypted first`;
  return [`${plural(connections, "TCP connection")} skipped, with no opening handshake of a WebSocket${encrypted}`];
}

function whyNothing({ format, heads }: SummaryRecord): string {
  if (heads > 0) return "no WebSocket is opened";
  return format === "pcap" ? "no TCP connection is in the capture" : "there are no bytes";
}

/** A violation as a sentence without its stop: which rule, what was received, and of `advice`, which need not be for a program, what to do. */
export function describeViolation(
  { code, reason, received }: ViolationRecord,
  advice: Readonly<Partial<Record<ErrorCode, string>>> = {},
): string {
  return `${reason}${received === undefined ? "" : `: received ${received}`}; ${advice[code] ?? ERRORS[code].advice}`;
}
