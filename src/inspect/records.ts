import type { Role } from "../protocol/role.ts";

/** Which stream a record is of: the bytes that one end sent. */
export interface StreamOrigin {
  readonly sender: Role;
  /** In a capture, the number of the connection: from 1 on, as their requests come. */
  readonly connection?: number;
  /** In a capture, the sender's address and port, and the receiver's. */
  readonly from?: string;
  readonly to?: string;
}

/** The HTTP/1.1 head that a stream begins with (§4). */
export interface HeadRecord {
  readonly type: "head";
  readonly stream: StreamOrigin;
  readonly kind: "request" | "response";
  /** How many bytes it has. The offsets of the frames count from its end. */
  readonly length: number;
  /** `GET /chat HTTP/1.1`, or `HTTP/1.1 101`. */
  readonly line: string;
  /** The subprotocols on offer, or the one that the server speaks. */
  readonly protocols: readonly string[];
  /** The extensions on offer, or those that the server takes, as Sec-WebSocket-Extensions has them. */
  readonly extensions: string;
  /** Whether frames may follow. */
  readonly opens: boolean;
  /** Which rule the opening handshake breaks; `undefined` where it breaks none. */
  readonly error: string | undefined;
}

/** What of a payload is shown: text as text, anything else in hex, two digits a byte. */
export type ShownPayload = {
  /** How many bytes there are, unmasked and decompressed, as far as they have come. */
  readonly length: number;
  /** Whether `text` or `hex` has only the first of them. */
  readonly cut: boolean;
} & ({ readonly text: string } | { readonly hex: string });

/** A frame, or what has come of one (§5.2). */
export interface FrameRecord {
  readonly type: "frame";
  readonly stream: StreamOrigin;
  /** Where its header begins. */
  readonly offset: number;
  readonly headerLength: number;
  readonly fin: boolean;
  /** RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  readonly opcode: number;
  /** Such as `text`. */
  readonly name: string;
  readonly masked: boolean;
  /** Its four octets in hex; `undefined` where the frame is not masked. */
  readonly maskingKey: string | undefined;
  /** What the header announces, in bytes. */
  readonly payloadLength: number;
  /** How many of these the stream does not have. */
  readonly missing: number;
  /** Whether the payload is, or is part of, a compressed message. */
  readonly compressed: boolean;
  readonly payload: ShownPayload;
  /** What a Close frame says. */
  readonly close: { readonly code: number; readonly name: string; readonly reason: string } | undefined;
}

/** A rule of the protocol that is broken, or a limit that was asked for: as `ProtocolError` has it. */
export interface ViolationRecord {
  readonly type: "violation";
  readonly stream: StreamOrigin;
  readonly code: string;
  readonly closeCode: number;
  readonly section: string;
  readonly offset: number;
  readonly message: string;
  /** The bytes of the header that is at fault, in hex; `undefined` where the fault lies in the payload of the frame above. */
  readonly header: string | undefined;
}

/** Something to know that is no violation. */
export interface NoteRecord {
  readonly type: "note";
  readonly stream: StreamOrigin | undefined;
  readonly message: string;
}

/** Where a stream ends. */
export interface EndRecord {
  readonly type: "end";
  readonly stream: StreamOrigin;
  /** `closed` is after a Close frame; all others but `complete`, which is between two messages, are too early. */
  readonly state: "complete" | "closed" | "in a header" | "in a frame" | "in a message" | "violation" | "missing bytes";
  readonly frames: number;
  readonly messages: number;
  /** How many bytes came after the head. */
  readonly bytes: number;
  /** How many of these were not read: after a Close frame, a violation, or a hole in the capture. */
  readonly unread: number;
}

/** All streams together, once the input has ended. */
export interface SummaryRecord {
  readonly type: "summary";
  readonly format: "raw" | "hex" | "pcap";
  /** Whether no rule was broken. A stream that ends too early breaks none. */
  readonly valid: boolean;
  readonly streams: number;
  readonly frames: number;
  readonly messages: number;
  readonly bytes: number;
  readonly violations: number;
  /** TCP connections of a capture that open no WebSocket, and how many of these are TLS. */
  readonly skipped: { readonly connections: number; readonly tls: number };
}

export type InspectionRecord = HeadRecord | FrameRecord | ViolationRecord | NoteRecord | EndRecord | SummaryRecord;

/** Takes records as they are made. */
export type Emit = (record: InspectionRecord) => void;
