import type { TcpSegment } from "./tcp-stream.ts";

/** A packet as it was captured. */
export interface Packet {
  /** A number of https://www.tcpdump.org/linktypes.html. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

/** A segment, and between which ends it went: address and port. */
export interface AddressedSegment extends TcpSegment {
  readonly from: string;
  readonly to: string;
}

/** What is not read of a packet, and why it is counted. */
export type Unread = "link type" | "fragment";

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLANS = [0x8100, 0x88a8, 0x9100];
const TCP = 6;

interface Datagram {
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
  /** What the capture has of its payload. */
  readonly bytes: Uint8Array;
  /** How long it was on the wire. */
  readonly length: number;
}

/** The TCP segment in a packet; why none can be read where there may be one, or `undefined` where there is none. */
export function segmentIn({ linkType, bytes }: Packet): AddressedSegment | Unread | undefined {
  const network = networkLayer(linkType, bytes);
  if (network === undefined) return LINK_TYPES.has(linkType) ? undefined : "link type";
  const datagram = network[0] >> 4 === 4 ? ipv4(network) : ipv6(network);
  if (datagram === undefined || datagram === "fragment") return datagram;
  return datagram.protocol === TCP ? tcp(datagram) : undefined;
}

/** Where the IP header begins, for each link type that is read: how many bytes into it, and where its protocol stands. */
const LINK_TYPES: ReadonlyMap<number, (bytes: Uint8Array) => Uint8Array | undefined> = new Map([
  [1, (bytes: Uint8Array) => ofEtherType(bytes, 12)], // Ethernet
  [113, (bytes: Uint8Array) => ofEtherType(bytes, 14)], // Linux cooked, version 1
  [276, (bytes: Uint8Array) => (isIp(uint16(bytes, 0)) ? bytes.subarray(20) : undefined)], // version 2
  [0, (bytes: Uint8Array) => bytes.subarray(4)], // BSD loopback: the family's numbers differ, the IP header's first digit not
  [108, (bytes: Uint8Array) => bytes.subarray(4)],
  [12, (bytes: Uint8Array) => bytes], // raw IP, by its several numbers
  [14, (bytes: Uint8Array) => bytes],
  [101, (bytes: Uint8Array) => bytes],
  [228, (bytes: Uint8Array) => bytes],
  [229, (bytes: Uint8Array) => bytes],
]);

function networkLayer(linkType: number, bytes: Uint8Array): Uint8Array | undefined {
  const found = LINK_TYPES.get(linkType)?.(bytes);
  return found === undefined || found.length === 0 ? undefined : found;
}

/** What follows the type at `at`, past any VLAN tags. */
function ofEtherType(bytes: Uint8Array, at: number): Uint8Array | undefined {
  let position = at;
  while (VLANS.includes(uint16(bytes, position))) position += 4;
  return isIp(uint16(bytes, position)) ? bytes.subarray(position + 2) : undefined;
}

function isIp(etherType: number): boolean {
  return etherType === IPV4 || etherType === IPV6;
}

/** RFC 791 §3.1. */
function ipv4(bytes: Uint8Array): Datagram | "fragment" | undefined {
  const headerLength = (bytes[0] & 0x0f) * 4;
  if (headerLength < 20 || bytes.length < headerLength) return undefined;
  // More fragments, or not the first one.
  if ((uint16(bytes, 6) & 0x3fff) !== 0) return bytes[9] === TCP ? "fragment" : undefined;
  const address = (at: number) => bytes.subarray(at, at + 4).join(".");
  return datagram(bytes[9], address(12), address(16), bytes, headerLength, uint16(bytes, 2));
}

/** RFC 8200 §3, §4: the payload's length includes the extension headers. */
function ipv6(bytes: Uint8Array): Datagram | "fragment" | undefined {
  if (bytes.length < 40 || bytes[0] >> 4 !== 6) return undefined;
  const total = uint16(bytes, 4) === 0 ? 0 : 40 + uint16(bytes, 4);
  let protocol = bytes[6];
  let at = 40;
  // Hop by hop, routing, destination options: their length is in units of eight bytes, the first not counted.
  while ([0, 43, 60].includes(protocol) && at + 8 <= bytes.length) {
    protocol = bytes[at];
    at += 8 + bytes[at + 1] * 8;
  }
  if (protocol === 44) return "fragment";
  return datagram(protocol, ipv6Address(bytes, 8), ipv6Address(bytes, 24), bytes, at, total);
}

/** `total` is 0 where the network card was left to cut the packet: then it is as long as what was captured. */
function datagram(
  protocol: number,
  from: string,
  to: string,
  bytes: Uint8Array,
  headerLength: number,
  total: number,
): Datagram | undefined {
  const end = total === 0 ? bytes.length : total;
  if (end < headerLength) return undefined;
  return { protocol, from, to, bytes: bytes.subarray(headerLength, end), length: end - headerLength };
}

/** RFC 9293 §3.1. */
function tcp({ from, to, bytes, length }: Datagram): AddressedSegment | undefined {
  if (bytes.length < 20) return undefined;
  const headerLength = (bytes[12] >> 4) * 4;
  if (headerLength < 20 || length < headerLength) return undefined;
  const flags = bytes[13];
  return {
    from: `${from}:${uint16(bytes, 0)}`,
    to: `${to}:${uint16(bytes, 2)}`,
    sequence: (uint16(bytes, 4) << 16) | uint16(bytes, 6),
    fin: (flags & 0x01) !== 0,
    syn: (flags & 0x02) !== 0,
    rst: (flags & 0x04) !== 0,
    ack: (flags & 0x10) !== 0,
    payload: bytes.subarray(headerLength),
    length: length - headerLength,
  };
}

/** In brackets, as it stands in front of a port, and shortened as a URL has it (RFC 5952). */
function ipv6Address(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => uint16(bytes, at + 2 * index).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname;
}

/** Past the end there are zeros, which are no protocol's number. */
function uint16(bytes: Uint8Array, at: number): number {
  return at + 1 < bytes.length ? (bytes[at] << 8) | bytes[at + 1] : 0;
}
