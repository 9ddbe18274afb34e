// Captures written byte by byte, knowing nothing of src.

import { concat } from "../wire.ts";

/** A segment as it is sent. */
export interface Segment {
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  readonly flags?: string;
  readonly payload?: Uint8Array;
  /** What the capture has of the packet, counted from its IP header. */
  readonly captured?: number;
}

function uint(value: number, bytes: number, little = false): Uint8Array {
  const written = Uint8Array.from({ length: bytes }, (_, at) =>
    Math.floor((value >>> 0) / 2 ** (8 * (bytes - 1 - at))),
  );
  return little ? written.reverse() : written;
}

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

function tcp({ from, to, sequence, flags = "A", payload = new Uint8Array(0) }: Segment, options: number): Uint8Array {
  const bits = [...flags].reduce((sum, flag) => sum | FLAGS[flag], 0);
  const port = (address: string) => uint(Number(address.split(/:(?=\d+$)/)[1]), 2);
  const offset = uint((5 + options) << 4, 1);
  const header = [
    port(from),
    port(to),
    uint(sequence, 4),
    uint(0, 4),
    offset,
    uint(bits, 1),
    uint(8192, 2),
    uint(0, 4),
  ];
  return concat(...header, new Uint8Array(4 * options), payload);
}

/** An IPv4 packet, of addresses such as `10.0.0.1:80`. */
export function ipv4(segment: Segment, { options = 0, total = true, fragment = 0 } = {}): Uint8Array {
  const data = tcp(segment, options);
  const address = (text: string) => Uint8Array.from(text.split(":")[0].split("."), Number);
  const packet = concat(
    Uint8Array.of(0x45, 0),
    uint(total ? 20 + data.length : 0, 2),
    uint(1, 2),
    uint(fragment, 2),
    Uint8Array.of(64, 6, 0, 0),
    address(segment.from),
    address(segment.to),
    data,
  );
  return packet.subarray(0, segment.captured);
}

/** An IPv6 packet, with `extensions` in front of TCP, of addresses such as `[1]:80`, of which the last group is written. */
export function ipv6(segment: Segment, extensions: readonly number[] = []): Uint8Array {
  const kinds = [...extensions, 6];
  const headers = extensions.map((_, at) => concat(Uint8Array.of(kinds[at + 1], 1), new Uint8Array(14)));
  const data = concat(...headers, tcp(segment, 0));
  const address = (text: string) => concat(new Uint8Array(14), uint(Number(/\d+/.exec(text)?.[0]), 2));
  const addresses = [address(segment.from), address(segment.to)];
  return concat(Uint8Array.of(0x60, 0, 0, 0), uint(data.length, 2), Uint8Array.of(kinds[0], 64), ...addresses, data);
}

/** In front of an IP packet, by the number of a link type. */
export const LINK_HEADERS: Readonly<Record<string, readonly [linkType: number, header: Uint8Array]>> = {
  Ethernet: [1, concat(new Uint8Array(12), uint(0x0800, 2))],
  "Ethernet with a VLAN tag": [1, concat(new Uint8Array(12), uint(0x8100, 2), uint(5, 2), uint(0x0800, 2))],
  "Ethernet with two": [
    1,
    concat(new Uint8Array(12), uint(0x88a8, 2), uint(5, 2), uint(0x8100, 2), uint(6, 2), uint(0x0800, 2)),
  ],
  "Linux cooked, version 1": [113, concat(new Uint8Array(14), uint(0x0800, 2))],
  "Linux cooked, version 2": [276, concat(uint(0x0800, 2), new Uint8Array(18))],
  "BSD loopback": [0, uint(2, 4, true)],
  "OpenBSD loopback": [108, uint(2, 4)],
  "raw IP": [101, new Uint8Array(0)],
  "raw IP, as 12": [12, new Uint8Array(0)],
  "raw IP, as 14": [14, new Uint8Array(0)],
  "raw IPv4": [228, new Uint8Array(0)],
};

export function pcap(
  packets: readonly Uint8Array[],
  { linkType = 101, little = true, nano = false, snapLength = 262_144 } = {},
): Uint8Array {
  const number = (value: number, bytes = 4) => uint(value, bytes, little);
  const magic = number(nano ? 0xa1b23c4d : 0xa1b2c3d4);
  const header = concat(magic, number(2, 2), number(4, 2), number(0), number(0), number(snapLength), number(linkType));
  const records = packets.map((packet) =>
    concat(number(1), number(2), number(packet.length), number(packet.length), packet),
  );
  return concat(header, ...records);
}

export function block(type: number, body: Uint8Array, little = true): Uint8Array {
  const padded = concat(body, new Uint8Array(-body.length & 3));
  const length = uint(12 + padded.length, 4, little);
  return concat(uint(type, 4, little), length, padded, length);
}

export function sectionHeader(little = true): Uint8Array {
  const number = (value: number, bytes: number) => uint(value, bytes, little);
  const unknown = new Uint8Array(8).fill(0xff);
  return block(0x0a0d0d0a, concat(number(0x1a2b3c4d, 4), number(1, 2), number(0, 2), unknown), little);
}

export function interfaceBlock(linkType: number, snapLength = 0, little = true): Uint8Array {
  return block(1, concat(uint(linkType, 2, little), uint(0, 2), uint(snapLength, 4, little)), little);
}

/** A packet in a block of each kind that has one; the interface is the first, unless it is named. */
export function packetBlock(
  kind: "enhanced" | "simple" | "obsolete",
  packet: Uint8Array,
  { from = 0, little = true, claimed = packet.length } = {},
): Uint8Array {
  const number = (value: number, bytes = 4) => uint(value, bytes, little);
  const lengths = [number(claimed), number(packet.length)];
  if (kind === "simple") return block(3, concat(number(claimed), packet), little);
  const place = kind === "enhanced" ? [number(from)] : [number(from, 2), number(0, 2)];
  return block(kind === "enhanced" ? 6 : 2, concat(...place, number(0), number(0), ...lengths, packet), little);
}

/** What follows the last byte is on the right: IPv4 unless the addresses are in brackets. */
export function packetOf(segment: Segment): Uint8Array {
  return segment.from.startsWith("[") ? ipv6(segment) : ipv4(segment);
}
