import { describeInvalid } from "../frame/fault.ts";
import { decodeText } from "../frame/text.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { findInvalid } from "../kernel/typescript/utf8.ts";
import { CloseCode, isWireCloseCode } from "../protocol/close-code.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** What a Close frame says (§5.5.1). */
export interface CloseStatus {
  /** The status code, or 1005 when the frame had none (§7.1.5). */
  readonly code: number;
  /** Why, for people, as checked UTF-8; "" when it said nothing (§7.1.6). */
  readonly reason: string;
}

/**
 * Parses and checks the payload of a Close frame that begins at `offset` of the stream.
 * @throws ProtocolError with the offset of the byte at fault.
 */
export function parseClosePayload(payload: Uint8Array, offset: number, kernel: Kernel): CloseStatus {
  // §7.1.5: "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered
  // to be 1005."
  if (payload.length === 0) return { code: CloseCode.NoStatusReceived, reason: "" };
  // §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
  if (payload.length === 1) throw new ProtocolError("CLOSE_PAYLOAD_TRUNCATED", offset, describeInvalid(payload[0]));
  const code = (payload[0] << 8) | payload[1];
  // §7.4.1: 1005, 1006 and 1015 "MUST NOT be set as a status code in a Close control frame by an endpoint."
  if (!isWireCloseCode(code)) throw new ProtocolError("INVALID_CLOSE_CODE", offset, String(code));
  // §5.5.1: "the body may contain UTF-8-encoded data".
  if (kernel.validateUtf8(payload, 2, payload.length, 0) !== 0) {
    const at = findInvalid(payload, 2, payload.length, 0);
    throw new ProtocolError("INVALID_CLOSE_REASON", offset + at, describeInvalid(payload[at]));
  }
  return { code, reason: decodeText(payload, 2, payload.length, false) };
}
