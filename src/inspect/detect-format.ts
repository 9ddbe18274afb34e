import { InputError } from "./input-error.ts";
import { isPcap } from "./pcap.ts";
import { isPcapng } from "./pcapng.ts";

/** What an input is: `raw`, the bytes of one direction; `hex`, the same in hex, plain or as a dump, or a connection that tshark follows; `pcap`, a capture, be it pcap or pcapng. */
export type InputFormat = "raw" | "hex" | "pcap";

/** How much of a text is looked at to tell what it is. */
export const SAMPLE_LENGTH = 4096;

const NO_FRAMES = "which holds no frames: pass the format, raw, to have it read as such";

/** What files of other kinds begin with: none could be a frame but that of PNG, an unmasked Ping of 80 bytes. */
const FOREIGN: readonly (readonly [magic: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], "compressed with gzip: pass it through gunzip first"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd: pass it through unzstd first"],
  [[0xff, 0xfe], "text in UTF-16: save it as UTF-8"],
  [[0xfe, 0xff], "text in UTF-16: save it as UTF-8"],
  [[0x50, 0x4b, 0x03, 0x04], "a ZIP archive: unpack it first"],
  [[0x89, 0x50, 0x4e, 0x47], `a PNG image, ${NO_FRAMES}`],
  [[0xff, 0xd8, 0xff], `a JPEG image, ${NO_FRAMES}`],
  [[0x25, 0x50, 0x44, 0x46], `a PDF file, ${NO_FRAMES}`],
  [[0x7f, 0x45, 0x4c, 0x46], `a program (ELF), ${NO_FRAMES}`],
];

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
  const foreign = FOREIGN.find(([magic]) => magic.every((byte, at) => sample[at] === byte));
  if (foreign !== undefined) throw new InputError(`the input is ${foreign[1]}`);
  if (sample.length === 0 || !isText(sample)) return "raw";
  const text = new TextDecoder("latin1").decode(withoutMark(sample));
  return text.startsWith("GET ") || text.startsWith("HTTP/") ? "raw" : "hex";
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
