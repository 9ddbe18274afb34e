import type { CloseStatus } from "../message/close.ts";
import type { CloseCode } from "../protocol/close-code.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { Opcode } from "../protocol/opcode.ts";
import type { Role } from "../protocol/role.ts";
import type { InputFormat } from "./detect-format.ts";

/** Which stream a record is of: the bytes that one end sent. */
export interface StreamOrigin {
  /** Which end. */
  readonly sender: Role;
  /** In a capture, the number of the connection: from 1 on, as their requests come. */
  readonly connection?: number;
  /** In a capture, the sender's address and port: `127.0.0.1:8080`, or `[::1]:8080`. */
  readonly from?: string;
  /** In a capture, the receiver's. */
  readonly to?: string;
}

/** The HTTP/1.1 head that a stream begins with (§4). */
export interface HeadRecord {
  /** Always "head". */
  readonly type: "head";
  /** The stream that begins with it. */
  readonly stream: StreamOrigin;
  /** Whether it is a client's or a server's. */
  readonly kind: "request" | "response";
  /** How many bytes it has, those of interim responses included. The offsets of the frames count from its end. */
  readonly length: number;
  /** `GET /chat HTTP/1.1`, or `HTTP/1.1 101`; empty where it breaks the grammar. */
  readonly line: string;
  /** The subprotocols on offer, or the one that the server speaks (§1.9). */
  readonly protocols: readonly string[];
  /** The extensions on offer, or those that the server takes, as Sec-WebSocket-Extensions has them (§9.1); empty for none. */
  readonly extensions: string;
  /** Whether frames may follow: not behind a broken rule, nor another status than 101. */
  readonly opens: boolean;
  /** Which rule the opening handshake breaks; `undefined` where it breaks none. */
  readonly error: string | undefined;
}

/**
 * What of a payload is shown: as `text` that of a text message, its characters not escaped, where one that goes over from a frame
 * to the next is in the one that ends it; as `hex` any other, two digits a byte with nothing between them.
 */
export type ShownPayload = {
  /** How many bytes there are, unmasked and, unless there was no room for it, decompressed, as far as they have come. */
  readonly length: number;
  /** Whether `text` or `hex` has only the first of them: those within `previewLength`. */
  readonly cut: boolean;
} & ({ readonly text: string } | { readonly hex: string });

/** What a Close frame says (§5.5.1), and what that is called. */
export interface ShownClose extends CloseStatus {
  /** What the code is called: `GoingAway`; whose it is, where it has no name (§7.4.2). */
  readonly name: string;
}

/** A frame, or what has come of one (§5.2). */
export interface FrameRecord {
  /** Always "frame". */
  readonly type: "frame";
  /** The stream that it is in. */
  readonly stream: StreamOrigin;
  /** Where its header begins, in bytes from the end of the head, or from the start of a stream without one. */
  readonly offset: number;
  /** How many bytes its header has: 2 to 14. */
  readonly headerLength: number;
  /** Whether it is the last frame of its message (the FIN bit). */
  readonly fin: boolean;
  /** The reserved bits, 0 to 7: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv: number;
  /** What kind of frame it is. */
  readonly opcode: Opcode;
  /** What its opcode is called: `text`. */
  readonly name: string;
  /** Whether its payload is masked on the wire (§5.3). */
  readonly masked: boolean;
  /** The masking key's four octets, in hex; `undefined` where the frame is not masked. */
  readonly maskingKey: string | undefined;
  /** How many bytes of payload the header announces. */
  readonly payloadLength: number;
  /** How many bytes of its payload were not read: 0 unless the stream ends, or cannot be read on, inside the frame. */
  readonly missing: number;
  /** Whether the payload is, or is part of, a compressed message (RFC 7692 §6). */
  readonly compressed: boolean;
  /** Whether `payload` is decompressed. It is not, where there was no room for it among very many streams, as a note then says. */
  readonly decompressed: boolean;
  /** What of its payload is shown. */
  readonly payload: ShownPayload;
  /** What a Close frame says; `undefined` for other frames, and where it is not whole or breaks a rule. */
  readonly close: ShownClose | undefined;
}

/** A rule of the protocol that is broken, or a limit that was asked for: as `ProtocolError` has it. The stream is not read on. */
export interface ViolationRecord {
  /** Always "violation". */
  readonly type: "violation";
  /** The stream that breaks the rule. */
  readonly stream: StreamOrigin;
  /** Which rule. */
  readonly code: ErrorCode;
  /** The status code of the Close frame that answers it (§7.4.1). */
  readonly closeCode: CloseCode;
  /** The section of RFC 6455 that is broken, or that allows the limit, without the sign: `5.5.1`. */
  readonly section: string;
  /** The position of the byte that breaks it, counted as that of a frame. */
  readonly offset: number;
  /** Which rule, where, what was received, and what a program can do, in words. */
  readonly message: string;
  /** Which rule, and where, in words. */
  readonly reason: string;
  /** What broke it, in words: `opcode 0x3`; `undefined` where that says nothing. */
  readonly received: string | undefined;
  /** The header that is at fault, in hex, as far as the stream has it; `undefined` where the fault lies in the payload of the frame above. */
  readonly header: string | undefined;
}

/** Something to know that is no violation. */
export interface NoteRecord {
  /** Always "note". */
  readonly type: "note";
  /** The stream that it is about; `undefined` where it is about the input. */
  readonly stream: StreamOrigin | undefined;
  /** What to know, in words. */
  readonly message: string;
  /** Whether it tells of bytes that are not in the input, or could not be read, so that not all was judged. */
  readonly incomplete: boolean;
}

/** Where a stream ends. */
export interface EndRecord {
  /** Always "end". */
  readonly type: "end";
  /** The stream that ends. */
  readonly stream: StreamOrigin;
  /** `closed` is after a Close frame; all others but `complete`, which is between two messages, are too early. Of a stream that ends
   *  in its HTTP head there is no `HeadRecord`. */
  readonly state:
    | "complete"
    | "closed"
    | "in a head"
    | "in a header"
    | "in a frame"
    | "in a message"
    | "violation"
    | "missing bytes";
  /** How many frames were listed, one that is not whole included. */
  readonly frames: number;
  /** How many messages came whole: of text and binary, not control frames. */
  readonly messages: number;
  /** How many bytes came after the head. */
  readonly bytes: number;
  /** How many of `bytes` were not read: after a Close frame, a violation, or a hole in the capture. */
  readonly unread: number;
}

/**
 * What comes of all streams: `invalid` when a rule is broken; `incomplete` when none is in what is there, and bytes are missing, or a
 * stream ends inside a head, frame or message; `nothing found` when there is no WebSocket to judge.
 */
export type Verdict = "valid" | "incomplete" | "invalid" | "nothing found";

/** All streams together, once the input has ended. */
export interface SummaryRecord {
  /** Always "summary". */
  readonly type: "summary";
  /** What the input was said, or told by its first bytes, to be. */
  readonly format: InputFormat;
  /** What comes of it. */
  readonly verdict: Verdict;
  /** How many heads were listed. */
  readonly heads: number;
  /** How many streams there are that frames may be in, each with an `EndRecord`. */
  readonly streams: number;
  /** How many frames were listed. */
  readonly frames: number;
  /** How many messages came whole. */
  readonly messages: number;
  /** How many bytes came after the heads. */
  readonly bytes: number;
  /** How many rules were broken, those of the opening handshake included. */
  readonly violations: number;
  /** What of a capture is no WebSocket that could be read. */
  readonly skipped: {
    /** How many TCP connections have no opening handshake of a WebSocket. */
    readonly connections: number;
    /** How many of these are TLS. */
    readonly tls: number;
  };
}

/** What an inspector finds. `type` tells which record it is. */
export type InspectionRecord = HeadRecord | FrameRecord | ViolationRecord | NoteRecord | EndRecord | SummaryRecord;

/** Takes records as they are made. */
export type Emit = (record: InspectionRecord) => void;
