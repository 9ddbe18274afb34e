// The numbers both twins share: this file is compiled by tsc and by asc alike, so it holds plain integer constants only.

// ---- The state of a scan, one i32 a word. What survives a chunk is copied from here into the decoder's own fields.

/** Where in the chunk the scan goes on; the chunk's length once all of it is scanned. */
export const POSITION = 0;
/** How many records the table holds. */
export const COUNT = 1;
/** What the peer did wrong, one of FAULT_*; 0 while nothing. */
export const FAULT = 2;
/** The chunk position of the byte at fault; negative when it came in an earlier chunk. */
export const FAULT_AT = 3;
/** What headers must and may carry: the mask bit expected of the second byte, and in the first byte's place the
 *  reserved bits (0x70) that an extension has negotiated. */
export const RULES = 4;
/** The longest payload a frame may announce, 64 bits: low word, high word. */
export const LIMIT_LOW = 5;
export const LIMIT_HIGH = 6;
/** How many bytes of an unfinished header are held in HEADER; at a fault, how many bytes there show it. */
export const HELD = 7;
/** 16 bytes (4 words) with the header bytes that came at the end of a chunk. At a fault, with what was received: of a header
 *  what there is of it, of a text the byte that cannot go on, none where the message ends too early. */
export const HEADER = 8;
/** How much of the current frame's payload is still to come, 64 bits: low word, high word. */
export const REMAINING_LOW = 12;
export const REMAINING_HIGH = 13;
/** The current frame's masking key, rotated to the next byte; its first octet lies in the low eight bits. */
export const KEY = 14;
/** The current frame's record head, without HEAD_FIRST and HEAD_LAST. */
export const FRAME = 15;
/** The fragmented message in progress: its opcode, with RSV1 (0x40) if its first frame had it; 0 while there is none. */
export const MESSAGE = 16;
/** Where a text message stands between two characters: a state of utf8.ts. */
export const UTF8 = 17;

export const STATE_WORDS = 18;

/** Positions and lengths are counted in 31 bits. */
export const MAX_POSITION = 0x7fffffff;

// ---- A record: one frame, or the piece of one that lies in the chunk. Four i32.

/** Bits 0–7: the frame's first byte (FIN, RSV, opcode). Then the HEAD_* flags; from HEAD_SIZE_SHIFT, the header's length. */
export const RECORD_HEAD = 0;
/** The chunk positions where the payload's bytes begin and end. */
export const RECORD_START = 1;
export const RECORD_END = 2;
/** The masking key as it applies to the byte at RECORD_START; 0 when the frame was not masked. */
export const RECORD_KEY = 3;

export const RECORD_WORDS = 4;
/** A full table ends a scan; the next call goes on. 16 KiB of records stay in the first-level cache. */
export const RECORD_CAPACITY = 1024;

/** The payload's first byte is in this record. */
export const HEAD_FIRST = 0x100;
/** The payload's last byte is in this record. */
export const HEAD_LAST = 0x200;
/** The payload is text whose UTF-8 was checked. */
export const HEAD_TEXT = 0x400;
/** The checked text has bytes beyond ASCII. */
export const HEAD_NON_ASCII = 0x800;
/** The frame was masked. */
export const HEAD_MASKED = 0x1000;
/** The header's length in bytes, 2 to 14, lies from this bit on. */
export const HEAD_SIZE_SHIFT = 16;

// ---- What can be wrong with a frame. The order is that of ERRORS in src/protocol/errors.ts.

export const FAULT_RESERVED_BITS = 1;
export const FAULT_RESERVED_OPCODE = 2;
export const FAULT_FRAGMENTED_CONTROL = 3;
export const FAULT_UNEXPECTED_CONTINUATION = 4;
export const FAULT_EXPECTED_CONTINUATION = 5;
export const FAULT_MASK_REQUIRED = 6;
export const FAULT_MASK_FORBIDDEN = 7;
export const FAULT_CONTROL_TOO_LONG = 8;
export const FAULT_LENGTH_NOT_MINIMAL = 9;
export const FAULT_LENGTH_TOP_BIT = 10;
export const FAULT_LENGTH_UNSAFE = 11;
export const FAULT_FRAME_TOO_LONG = 12;
export const FAULT_INVALID_UTF8 = 13;

// ---- UTF-8 (§8.1): what the next byte may be. The state is 0 between characters.

/** Not a state: the byte cannot continue the text. */
export const UTF8_INVALID = -1;
/** One, two or three continuation bytes (80..BF) are to come. */
export const UTF8_ONE_MORE = 1;
export const UTF8_TWO_MORE = 2;
export const UTF8_THREE_MORE = 3;
/** After E0: A0..BF, else the form is overlong. */
export const UTF8_AFTER_E0 = 4;
/** After ED: 80..9F, else it is a surrogate. */
export const UTF8_AFTER_ED = 5;
/** After F0: 90..BF, else the form is overlong. */
export const UTF8_AFTER_F0 = 6;
/** After F4: 80..8F, else it is past U+10FFFF. */
export const UTF8_AFTER_F4 = 7;
/** Set beside the state, inside the kernel, when a byte beyond ASCII was met. */
export const UTF8_NON_ASCII = 0x10;

// ---- The WASM twin's memory, in bytes. It has a fixed size and never grows, so no view of it is ever detached.

/** The state words; the compiler's own tables lie below. */
export const STATE_ADDRESS = 1024;
export const RECORDS_ADDRESS = 4096;
/** Chunks are staged here, a window at a time. Vector loads and stores may touch PADDING bytes on either side. */
export const WINDOW_ADDRESS = 20544;
export const WINDOW_SIZE = 16384;
export const PADDING = 64;
/** Receive slots: sockets read into these, and chunks there are scanned where they lie. */
export const SLOTS_ADDRESS = 65600;
export const SLOT_SIZE = 65536;
export const SLOT_STRIDE = 65600;
export const SLOT_COUNT = 4;
export const MEMORY_PAGES = 6;
