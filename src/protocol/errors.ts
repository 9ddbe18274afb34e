import type { CloseCode } from "./close-code.ts";

/** A rule that a peer can break, and what follows from that. */
export interface ErrorRule {
  /** The status code of the Close frame that answers this violation (§7.4.1). */
  readonly closeCode: CloseCode;
  /** The section of RFC 6455 that the peer broke, or that allows the limit. */
  readonly section: string;
  /** What the section says. */
  readonly message: string;
  /** What whoever reads the error can do about it. */
  readonly advice: string;
}

// The numbers themselves, held to CloseCode by their types: a bundle has only these of it.
const PROTOCOL: typeof CloseCode.ProtocolError = 1002;
const INVALID_PAYLOAD: typeof CloseCode.InvalidPayload = 1007;
const POLICY_VIOLATION: typeof CloseCode.PolicyViolation = 1008;
const MESSAGE_TOO_BIG: typeof CloseCode.MessageTooBig = 1009;

// Of a peer that is known to be right, what goes wrong first is how its bytes get here.
const OUT_OF_STEP = "if the peer is right, bytes before this were lost, or decoded twice";

function rule(closeCode: CloseCode, section: string, message: string, advice: string = OUT_OF_STEP): ErrorRule {
  return { closeCode, section, message, advice };
}

/** The stable name of a violation: part of the interface. */
export type ErrorCode =
  | "RESERVED_BITS"
  | "RESERVED_OPCODE"
  | "FRAGMENTED_CONTROL"
  | "UNEXPECTED_CONTINUATION"
  | "EXPECTED_CONTINUATION"
  | "MASK_REQUIRED"
  | "MASK_FORBIDDEN"
  | "CONTROL_TOO_LONG"
  | "LENGTH_NOT_MINIMAL"
  | "LENGTH_TOP_BIT"
  | "LENGTH_UNSAFE"
  | "FRAME_TOO_LONG"
  | "INVALID_UTF8"
  | "INVALID_COMPRESSED_DATA"
  | "MESSAGE_TOO_LONG"
  | "TOO_MANY_FRAGMENTS"
  | "RETAINED_LIMIT"
  | "CLOSE_PAYLOAD_TRUNCATED"
  | "INVALID_CLOSE_CODE"
  | "INVALID_CLOSE_REASON";

// First what a kernel finds, in the order of its faults (layout.ts). The README's error table is checked against this one by a test.
/** Everything a peer can do wrong. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorRule>> = {
  RESERVED_BITS: rule(
    PROTOCOL,
    "5.2",
    "a reserved bit is set that no extension defines for this frame",
    "the extension that the handshake agreed on, if any, must be passed to the decoder",
  ),
  RESERVED_OPCODE: rule(PROTOCOL, "5.2", "the opcode is reserved"),
  FRAGMENTED_CONTROL: rule(PROTOCOL, "5.5", "a control frame must not be fragmented"),
  UNEXPECTED_CONTINUATION: rule(PROTOCOL, "5.4", "a continuation frame has no message to continue"),
  EXPECTED_CONTINUATION: rule(PROTOCOL, "5.4", "a new message begins inside a fragmented one"),
  MASK_REQUIRED: rule(
    PROTOCOL,
    "5.1",
    "a client must mask every frame it sends",
    'what a server sends is decoded with the role "client"',
  ),
  MASK_FORBIDDEN: rule(
    PROTOCOL,
    "5.1",
    "a server must not mask a frame",
    'what a client sends is decoded with the role "server"',
  ),
  CONTROL_TOO_LONG: rule(PROTOCOL, "5.5", "a control frame must not carry more than 125 bytes"),
  LENGTH_NOT_MINIMAL: rule(PROTOCOL, "5.2", "the payload length is not in its shortest form"),
  LENGTH_TOP_BIT: rule(PROTOCOL, "5.2", "the top bit of a 64-bit payload length must be 0"),
  LENGTH_UNSAFE: rule(MESSAGE_TOO_BIG, "5.2", "the payload length is past 2^53 - 1"),
  FRAME_TOO_LONG: rule(
    MESSAGE_TOO_BIG,
    "10.4",
    "the frame is longer than is allowed",
    "raise maxFrameLength, or the maxMessageLength that it follows, to allow it",
  ),
  INVALID_UTF8: rule(
    INVALID_PAYLOAD,
    "8.1",
    "the text is not valid UTF-8",
    "bytes that are not text belong in binary messages",
  ),
  INVALID_COMPRESSED_DATA: rule(
    INVALID_PAYLOAD,
    "7.4.1",
    "the message cannot be decompressed",
    "both ends must go by the parameters that the handshake agreed on",
  ),
  MESSAGE_TOO_LONG: rule(
    MESSAGE_TOO_BIG,
    "10.4",
    "the message is longer than maxMessageLength",
    "raise it to allow the message, or take messages in pieces, as a FragmentDecoder does",
  ),
  TOO_MANY_FRAGMENTS: rule(
    POLICY_VIOLATION,
    "10.4",
    "the message has more fragments than maxFragments",
    "raise it to allow the message",
  ),
  RETAINED_LIMIT: rule(
    POLICY_VIOLATION,
    "10.4",
    "the unfinished message would retain more memory than is allowed",
    "raise maxRetainedBytes, or the budget, to allow it",
  ),
  CLOSE_PAYLOAD_TRUNCATED: rule(PROTOCOL, "5.5.1", "a Close payload of one byte cannot hold a status code"),
  INVALID_CLOSE_CODE: rule(
    PROTOCOL,
    "7.4",
    "the status code must not be sent in a Close frame",
    "an application's own codes are 3000 to 4999",
  ),
  INVALID_CLOSE_REASON: rule(
    INVALID_PAYLOAD,
    "5.5.1",
    "the reason of a Close frame is not valid UTF-8",
    "a reason must be cut between characters",
  ),
};

/**
 * The peer broke the protocol or a limit. The caller's own mistakes are `TypeError` and `RangeError` instead. The message says
 * which rule, where, what was received, and what can be done.
 */
export class ProtocolError extends Error {
  /** Always "ProtocolError". */
  override readonly name: string = "ProtocolError";
  /** Which rule was broken. */
  readonly code: ErrorCode;
  /** The status code to put into the Close frame that answers (§7.4.1). */
  readonly closeCode: CloseCode;
  /** The reason to put there with it, which is for the peer: the rule and the place, at most 123 bytes (§5.5.1). */
  readonly reason: string;
  /** The position in the stream, in bytes from its start, of the byte that broke the rule; in a message that an extension
   *  decodes, of the first byte of the payload of the frame that did. */
  readonly offset: number;
  /** The section of RFC 6455, without the sign: `"5.5.1"`. */
  readonly section: string;

  /** What broke the rule, in words, as in `"opcode 0x3"`; `undefined` where that says nothing. */
  readonly received: string | undefined;

  /** `offset` is in bytes from the start of the stream; `received` says in words what came there. A handler that throws one has found
   *  a violation of its own. */
  constructor(code: ErrorCode, offset: number, received?: string) {
    const { closeCode, section, message, advice } = ERRORS[code];
    const reason = `${message} (byte ${offset}, RFC 6455 §${section})`;
    super(
      `${reason}${received === undefined ? "" : `: received ${received}`}. The connection fails with ${closeCode}; ${advice}.`,
    );
    this.code = code;
    this.closeCode = closeCode;
    this.reason = reason;
    this.offset = offset;
    this.section = section;
    this.received = received;
  }
}
