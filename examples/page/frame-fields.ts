import type { FrameHeader } from "wsimd";
import { hexByte } from "./hex.ts";
import { opcodeName } from "./opcode-name.ts";

/** What a field is, for its colour and its name in tests. */
export type FieldKind = "fin" | "rsv" | "opcode" | "mask" | "length" | "key" | "payload";

/** A field of a frame as §5.2 draws it. Positions and lengths are in bits from the start of the frame. */
export interface Field {
  readonly kind: FieldKind;
  readonly name: string;
  readonly start: number;
  readonly length: number;
  /** What its bits mean. */
  readonly value: string;
}

/** The fields of the header of a frame, in their order on the wire. */
export function headerFields(bytes: Uint8Array, header: FrameHeader): Field[] {
  const fields: Field[] = [];
  let start = 0;
  const add = (kind: FieldKind, name: string, length: number, value: string) => {
    fields.push({ kind, name, start, length, value });
    start += length;
  };
  add("fin", "FIN", 1, header.fin ? "the last frame of its message" : "more frames follow");
  for (const [at, name] of ["RSV1", "RSV2", "RSV3"].entries()) {
    add("rsv", name, 1, (header.rsv & (4 >> at)) === 0 ? "not used" : "set, for an extension");
  }
  add("opcode", "opcode", 4, opcodeName(header.opcode));
  add("mask", "MASK", 1, header.masked ? "masked" : "not masked");
  const form = bytes[1] & 0x7f;
  add("length", "Payload len", 7, String(form));
  if (form >= 126) add("length", "Extended payload length", form === 126 ? 16 : 64, String(header.payloadLength));
  if (header.masked) {
    const key = bytes.subarray(header.headerLength - 4, header.headerLength);
    add("key", "Masking-key", 32, Array.from(key, hexByte).join(" "));
  }
  return fields;
}

/** One field of eight bits for each of the first `most` payload bytes, as they are on the wire. */
export function payloadFields(bytes: Uint8Array, header: FrameHeader, most: number): Field[] {
  const name = header.masked ? "Payload, masked" : "Payload";
  const shown = bytes.subarray(header.headerLength, header.headerLength + Math.min(most, header.payloadLength));
  return Array.from(shown, (byte, at) => {
    return { kind: "payload", name, start: 8 * (header.headerLength + at), length: 8, value: hexByte(byte) };
  });
}

/** The bits of a field. */
export function bitsOf(bytes: Uint8Array, start: number, length: number): string {
  let bits = "";
  for (let at = start; at < start + length; at++) bits += (bytes[at >> 3] >> (7 - (at & 7))) & 1;
  return bits;
}

/** A part of a field that lies in one row of 32 bits. */
export interface Segment {
  readonly field: Field;
  readonly row: number;
  readonly column: number;
  readonly length: number;
  /** Whether the field began in an earlier row. */
  readonly continued: boolean;
}

/** Cuts a field at the ends of the rows that it crosses. */
export function segmentsOf(field: Field): Segment[] {
  const segments: Segment[] = [];
  const end = field.start + field.length;
  for (let at = field.start; at < end; ) {
    const row = at >> 5;
    const length = Math.min(end, 32 * (row + 1)) - at;
    segments.push({ field, row, column: at & 31, length, continued: at > field.start });
    at += length;
  }
  return segments;
}
