import type { ByteReader } from "./byte-feed.ts";
import { InputError } from "./input-error.ts";
import type { Packet } from "./packet.ts";
import { LONGEST_PACKET, viewOf } from "./pcap.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
/** A section with more than this is made to cost memory. */
const MOST_INTERFACES = 65_536;

interface Interface {
  readonly linkType: number;
  /** The most bytes that it has of a packet, 0 for no limit. */
  readonly snapLength: number;
}

/** The same backwards, so that it shows before the order of the bytes is known. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === SECTION_HEADER;
}

/** The format of tshark: draft-ietf-opsawg-pcapng. Blocks of other kinds, and options, are passed over. */
export function* readPcapng(take: (packet: Packet) => void): ByteReader {
  let little = true;
  let interfaces: Interface[] = [];
  for (let at = 0; ; ) {
    const start = viewOf(yield 8);
    const type = start.getUint32(0, little);
    let rest = 8;
    if (type === SECTION_HEADER) {
      // §4.1: the magic tells the order of the bytes, for the length before it, too.
      const magic = viewOf(yield 4);
      little = magic.getUint32(0, true) === BYTE_ORDER;
      if (!little && magic.getUint32(0) !== BYTE_ORDER) throw damaged(at, "has no byte-order magic");
      interfaces = [];
      rest = 12;
    }
    const length = start.getUint32(4, little);
    if (length < 12 || length < rest + 4 || length % 4 !== 0 || length > LONGEST_PACKET) {
      throw damaged(at, `claims to have ${length} bytes`);
    }
    const body = yield length - rest;
    const end = viewOf(body).getUint32(body.length - 4, little);
    if (end !== length) throw damaged(at, `has ${length} bytes at its start and ${end} at its end`);
    if (type === INTERFACE && body.length >= 12) {
      if (interfaces.length === MOST_INTERFACES) throw damaged(at, `has an interface past the ${MOST_INTERFACES}th`);
      interfaces.push(interfaceIn(viewOf(body), little));
    } else if ([OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET].includes(type)) {
      const packet = packetIn(type, body, interfaces, little);
      if (packet === undefined) throw damaged(at, "has a packet that does not fit into it, or no interface for it");
      take(packet);
    }
    at += length;
    yield 0;
  }
}

/** §4.2. */
function interfaceIn(view: DataView, little: boolean): Interface {
  return { linkType: view.getUint16(0, little), snapLength: view.getUint32(4, little) };
}

/** §4.3, §4.4, and the obsolete block of appendix A. */
function packetIn(
  type: number,
  body: Uint8Array,
  interfaces: readonly Interface[],
  little: boolean,
): Packet | undefined {
  const start = type === SIMPLE_PACKET ? 4 : 20;
  // The length of the block ends it.
  const room = body.length - 4 - start;
  if (room < 0) return undefined;
  const view = viewOf(body);
  const index =
    type === SIMPLE_PACKET ? 0 : type === OBSOLETE_PACKET ? view.getUint16(0, little) : view.getUint32(0, little);
  const from = interfaces[index];
  if (from === undefined) return undefined;
  const original = view.getUint32(0, little);
  const length = type === SIMPLE_PACKET ? Math.min(original, from.snapLength || original) : view.getUint32(12, little);
  return length > room ? undefined : { linkType: from.linkType, bytes: body.subarray(start, start + length) };
}

function damaged(at: number, how: string): InputError {
  return new InputError(`the capture is damaged: the block at byte ${at} ${how}`);
}
