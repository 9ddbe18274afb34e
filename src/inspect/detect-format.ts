import { isHexDump } from "./hex-dump.ts";
import { InputError } from "./input-error.ts";
import { isPcap } from "./pcap.ts";
import { isPcapng } from "./pcapng.ts";

/** What an input is: `raw`, the bytes of one direction; `hex`, the same in hex, plain or as a dump; `pcap`, a capture, be it pcap or pcapng. */
export type InputFormat = "raw" | "hex" | "pcap";

/** How much of a text is looked at to tell what it is. */
export const SAMPLE_LENGTH = 4096;

/** Whether `sample`, with which an input begins, is enough to tell what it is, or to begin to read it as what it is said to be. */
export function isEnough(sample: Uint8Array, format: InputFormat | undefined): boolean {
  if (format === "raw" || sample.length >= SAMPLE_LENGTH) return true;
  // Of four bytes, the magic number of a capture. Only a text must be seen for longer.
  return sample.length >= 4 && !isText(sample);
}

/**
 * Tells what an input is by its first bytes. None of the others begins as a stream of frames can: a capture's magic numbers
 * have reserved bits, or a control frame without FIN, and text has no opcode with FIN.
 * @throws InputError when it is none, with what to do.
 */
export function detectFormat(sample: Uint8Array): InputFormat {
  if (isPcap(sample) || isPcapng(sample)) return "pcap";
  if (sample[0] === 0x1f && sample[1] === 0x8b) {
    throw new InputError("the input is compressed with gzip: pass it through gunzip first");
  }
  if ((sample[0] === 0xff && sample[1] === 0xfe) || (sample[0] === 0xfe && sample[1] === 0xff)) {
    throw new InputError("the input is text in UTF-16: save it as UTF-8");
  }
  if (sample.length === 0 || !isText(sample)) return "raw";
  const text = new TextDecoder("latin1").decode(withoutMark(sample));
  if (text.startsWith("GET ") || text.startsWith("HTTP/")) return "raw";
  if (isHexDump(firstLineOf(text)) || /^[\s0-9a-fx\\,;:[\](){}"'-]*$/i.test(text)) return "hex";
  throw new InputError(
    "the input is text, but neither hex nor an HTTP head: pass the format, raw or hex, to have it read as such",
  );
}

/** The first line that is not empty. */
export function firstLineOf(text: string): string {
  return text.trimStart().split("\n", 1)[0].trimEnd();
}

/** Text without the byte-order mark of UTF-8, which some editors put in front of it. */
export function withoutMark(text: Uint8Array): Uint8Array {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? text.subarray(3) : text;
}

function isText(bytes: Uint8Array): boolean {
  return withoutMark(bytes).every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d,
  );
}
