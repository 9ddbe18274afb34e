import { shown, wrongType } from "../protocol/argument.ts";
import { CloseCode, isWireCloseCode } from "../protocol/close-code.ts";
import { MAX_CONTROL_PAYLOAD } from "../protocol/opcode.ts";
import { isValidUtf8 } from "./utf8.ts";

/**
 * The payload of a Close frame (§5.5.1): a status code as two bytes, then a reason in UTF-8. Without a code, or with 1005,
 * which stands for none (§7.1.5), it is empty: so what a peer's Close said can be sent back as it is.
 * @throws RangeError when the code must not be sent (§7.4), or the reason is longer than 123 bytes in UTF-8.
 * @throws TypeError when the reason is no string, or there is a reason without a code.
 */
export function encodeClosePayload(code?: number, reason = ""): Uint8Array<ArrayBuffer> {
  if (typeof reason !== "string") throw wrongType("reason", "a string", reason);
  if (code === undefined || code === CloseCode.NoStatusReceived) {
    if (reason !== "") throw new TypeError("reason needs a code: a Close frame has no place for it alone");
    return new Uint8Array(0);
  }
  if (!isWireCloseCode(code)) throw new RangeError(`code ${shown(code)} must not be sent in a Close frame (§7.4)`);
  const text = new TextEncoder().encode(reason);
  if (text.length > MAX_CONTROL_PAYLOAD - 2) {
    throw new RangeError(`reason must be at most ${MAX_CONTROL_PAYLOAD - 2} bytes in UTF-8, not ${text.length}`);
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code;
  payload.set(text, 2);
  return payload;
}

/** Fails with a `RangeError` when a peer would refuse this payload of a Close frame: `encodeClosePayload` makes good ones. */
export function checkClosePayload(payload: Uint8Array): void {
  if (payload.length === 0) return;
  if (payload.length === 1) throw new RangeError("payload of one byte cannot hold a status code (§5.5.1)");
  const code = (payload[0] << 8) | payload[1];
  if (!isWireCloseCode(code)) throw new RangeError(`payload has the code ${code}, which must not be sent (§7.4)`);
  if (!isValidUtf8(payload, 2)) throw new RangeError("payload has a reason that is not valid UTF-8 (§5.5.1)");
}
