// Frames written bit by bit, knowing nothing of src: what the tests feed to a decoder and expect of an encoder.

/** One frame as a peer might send it, allowed or not. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly fin?: boolean;
  /** RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv?: number;
  /** The four octets of the masking key; without them the frame is not masked. */
  readonly key?: readonly number[] | undefined;
  /** Which form the length takes. Default: the shortest. */
  readonly form?: 7 | 16 | 64;
  /** The length to announce, whatever the payload has. */
  readonly announced?: bigint;
}

/** The masking key of the examples in §5.7. */
export const KEY = [0x37, 0xfa, 0x21, 0x3d] as const;

/** The key of a role's peer: a server reads masked frames, a client unmasked ones (§5.1). */
export function peerKey(role: "client" | "server"): readonly number[] | undefined {
  return role === "server" ? KEY : undefined;
}

export function frame({ opcode, payload = "", fin = true, rsv = 0, key, form, announced }: WireFrame): Uint8Array {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const length = announced ?? BigInt(data.length);
  const bits = form ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const header = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  header.push((key === undefined ? 0 : 0x80) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127));
  for (let shift = bits === 7 ? 0 : bits; shift > 0; shift -= 8)
    header.push(Number((length >> BigInt(shift - 8)) & 255n));
  if (key !== undefined) header.push(...key);
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  for (let at = 0; at < data.length; at++) bytes[header.length + at] = data[at] ^ (key === undefined ? 0 : key[at % 4]);
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The bytes of a hex dump such as `"81 05 48 65 6c 6c 6f"`. */
export function hex(dump: string): Uint8Array {
  return Uint8Array.from(dump.trim().split(/\s+/), (octet) => Number.parseInt(octet, 16));
}

/** `length` bytes that repeat in no short period, so that a shifted or swapped piece shows. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + 5) & 0xff;
  return bytes;
}
