import type { Role } from "wsimd";
import { formatHex } from "./hex.ts";

/** Bytes to decode, and who would receive them. */
export interface Sample {
  readonly id: string;
  readonly name: string;
  readonly receiver: Role;
  readonly hex: string;
}

/** The examples of §5.7, in its order, and a Close, of which it has none. */
export const EXAMPLES: readonly Sample[] = [
  { id: "text", name: "Text", receiver: "client", hex: "81 05 48 65 6c 6c 6f" },
  { id: "masked", name: "Masked text", receiver: "server", hex: "81 85 37 fa 21 3d 7f 9f 4d 51 58" },
  { id: "fragments", name: "Two fragments", receiver: "client", hex: "01 03 48 65 6c 80 02 6c 6f" },
  { id: "ping", name: "Ping", receiver: "client", hex: "89 05 48 65 6c 6c 6f" },
  { id: "pong", name: "Masked pong", receiver: "server", hex: "8a 85 37 fa 21 3d 7f 9f 4d 51 58" },
  { id: "binary-256", name: "256 bytes", receiver: "client", hex: `82 7e 01 00 ${counting(256)}` },
  { id: "binary-64k", name: "64 KiB", receiver: "client", hex: `82 7f 00 00 00 00 00 01 00 00 ${counting(65_536)}` },
  { id: "close", name: "Close", receiver: "client", hex: "88 05 03 e8 62 79 65" },
];

/** What a peer must not send, one rule of the RFC each. */
export const VIOLATIONS: readonly Sample[] = [
  { id: "rsv", name: "Reserved bit", receiver: "client", hex: "81 02 4f 4b c1 02 48 69" },
  { id: "opcode", name: "Reserved opcode", receiver: "client", hex: "83 00" },
  { id: "unmasked", name: "Unmasked from a client", receiver: "server", hex: "81 05 48 65 6c 6c 6f" },
  { id: "masked-server", name: "Masked from a server", receiver: "client", hex: "81 82 37 fa 21 3d 7f 93" },
  { id: "minimal", name: "Length not minimal", receiver: "client", hex: "82 7e 00 05 01 02 03 04 05" },
  { id: "top-bit", name: "Length past 2⁶³", receiver: "client", hex: "82 7f 80 00 00 00 00 00 00 01" },
  { id: "utf8", name: "Invalid UTF-8", receiver: "client", hex: "81 08 ec 95 88 eb 85 c3 28 21" },
  { id: "fragmented-ping", name: "Fragmented ping", receiver: "client", hex: "09 02 68 69" },
  { id: "continuation", name: "Nothing to continue", receiver: "client", hex: "80 02 6c 6f" },
  { id: "interleaved", name: "Message in a message", receiver: "client", hex: "01 03 48 65 6c 81 02 6c 6f" },
  { id: "close-code", name: "Close with 1005", receiver: "client", hex: "88 02 03 ed" },
  { id: "close-short", name: "Close of one byte", receiver: "client", hex: "88 01 03" },
  { id: "too-long", name: "Frame of 17 MiB", receiver: "client", hex: "82 7f 00 00 00 00 01 10 00 00" },
];

/** What is right so far and ends too early. */
export const UNFINISHED: readonly Sample[] = [
  { id: "half-header", name: "Half a header", receiver: "server", hex: "82 fe 01" },
  { id: "half-payload", name: "Half a payload", receiver: "client", hex: "81 05 48 65" },
  { id: "half-message", name: "Half a message", receiver: "client", hex: "01 03 48 65 6c" },
];

/** Bytes that count from 0, so that a byte that got lost would show. */
function counting(length: number): string {
  return formatHex(Uint8Array.from({ length }, (_, at) => at));
}
