import type { ByteReader } from "./byte-feed.ts";
import { InputError } from "./input-error.ts";
import type { Packet } from "./packet.ts";

/** No packet is longer: what claims to be is damage, and must not have memory reserved for it. */
export const LONGEST_PACKET: number = 16 * 2 ** 20;

/** The magic number, as a little-endian number, of microseconds and of nanoseconds. */
const LITTLE_ENDIAN = [0xa1b2c3d4, 0xa1b23c4d];
const BIG_ENDIAN = [0xd4c3b2a1, 0x4d3cb2a1];

export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && [...LITTLE_ENDIAN, ...BIG_ENDIAN].includes(viewOf(bytes).getUint32(0, true));
}

/** The classic format of tcpdump: draft-ietf-opsawg-pcap. Of a packet's fields, its times are passed over. */
export function* readPcap(take: (packet: Packet) => void): ByteReader {
  const file = viewOf(yield 24);
  const little = LITTLE_ENDIAN.includes(file.getUint32(0, true));
  // The upper half has the length of a frame check sequence.
  const linkType = file.getUint32(20, little) & 0xffff;
  for (let at = 24, number = 1; ; number++) {
    yield 0;
    const length = viewOf(yield 16).getUint32(8, little);
    if (length > LONGEST_PACKET) {
      throw new InputError(`the capture is damaged: packet ${number}, at byte ${at}, claims to have ${length} bytes`);
    }
    take({ linkType, bytes: yield length });
    at += 16 + length;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
