import { isWireCloseCode } from "../protocol/close-code.ts";
import { MAX_CONTROL_PAYLOAD } from "../protocol/opcode.ts";

const encoder = new TextEncoder();

/**
 * The payload of a Close frame (§5.5.1): a status code as two bytes, then a reason in UTF-8. Without a code it is empty.
 * @throws RangeError when the code must not be sent (§7.4), or the reason is longer than 123 bytes in UTF-8.
 * @throws TypeError when there is a reason without a code.
 */
export function encodeClosePayload(code?: number, reason = ""): Uint8Array {
  if (code === undefined) {
    if (reason !== "") throw new TypeError("reason needs a code: a Close frame has no place for it alone");
    return new Uint8Array(0);
  }
  if (!isWireCloseCode(code)) throw new RangeError(`code ${code} must not be sent in a Close frame (§7.4)`);
  const text = encoder.encode(reason);
  if (text.length > MAX_CONTROL_PAYLOAD - 2) {
    throw new RangeError(`reason must be at most ${MAX_CONTROL_PAYLOAD - 2} bytes in UTF-8, not ${text.length}`);
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code;
  payload.set(text, 2);
  return payload;
}
