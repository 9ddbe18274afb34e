import type { ErrorCode } from "../inspect/index.ts";

/** What to do about a violation on the command line, where that is an option of its own. */
export const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  RESERVED_BITS: "--deflate reads compressed messages, where no opening handshake tells",
  MASK_REQUIRED: "--role client reads what a server sends",
  MASK_FORBIDDEN: "--role server reads what a client sends",
  FRAME_TOO_LONG: "--max-frame-length, or the --max-message-length that it follows, sets the limit",
  MESSAGE_TOO_LONG: "--max-message-length sets the limit",
  TOO_MANY_FRAGMENTS: "--max-fragments sets the limit",
  RETAINED_LIMIT: "--max-retained-bytes sets the limit",
};
