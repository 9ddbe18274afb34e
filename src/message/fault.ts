// The errors for a limit that a frame broke, where its payload begins.

import type { Frame } from "../frame/frame.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** One fragment more than the limit. */
export function tooManyFragments({ offset }: Frame, maxFragments: number): ProtocolError {
  return new ProtocolError("TOO_MANY_FRAGMENTS", offset, `one more than ${maxFragments}`);
}

/** With this frame, the message has `length` bytes. */
export function messageTooLong({ offset }: Frame, length: number, maxMessageLength: number): ProtocolError {
  return new ProtocolError("MESSAGE_TOO_LONG", offset, `${length} bytes, where ${maxMessageLength} are allowed`);
}

/** What there is of this frame would have to be kept, and there is no room for it. */
export function retainedLimit({ offset }: Frame): ProtocolError {
  return new ProtocolError("RETAINED_LIMIT", offset);
}
