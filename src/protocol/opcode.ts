import { wrongType } from "./argument.ts";

/** The opcodes of RFC 6455 §5.2. 3–7 and 11–15 are reserved; a frame that carries one is a protocol error. */
export const Opcode = {
  /** A fragment after the first of a message (§5.4). */
  Continuation: 0x0,
  /** A message of UTF-8 text, or its first fragment (§5.6). */
  Text: 0x1,
  /** A message of bytes, or its first fragment (§5.6). */
  Binary: 0x2,
  /** The closing handshake (§5.5.1). */
  Close: 0x8,
  /** Asks the peer for a Pong with the same payload (§5.5.2). */
  Ping: 0x9,
  /** Answers a Ping, or stands alone as a heartbeat (§5.5.3). */
  Pong: 0xa,
} as const;

/** One of the opcodes. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** The opcode of a data message: what its first frame carries. */
export type DataOpcode = typeof Opcode.Text | typeof Opcode.Binary;

/** The opcode of a control frame. */
export type ControlOpcode = typeof Opcode.Close | typeof Opcode.Ping | typeof Opcode.Pong;

/** Fails with a `TypeError` unless it is a data message's. */
export function checkDataOpcode(opcode: unknown): void {
  if (opcode !== Opcode.Text && opcode !== Opcode.Binary) throw wrongType("opcode", "Text (1) or Binary (2)", opcode);
}

/**
 * Whether `opcode` is a control frame's. §5.5: "Control frames are identified by opcodes where the most significant bit of the
 * opcode is 1."
 */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** §5.5: "All control frames MUST have a payload length of 125 bytes or less". */
export const MAX_CONTROL_PAYLOAD = 125;
