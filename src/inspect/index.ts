/**
 * What `wsimd inspect` lists, as records: the frames of a stream, or of every WebSocket in a capture, judged as the codec does.
 * It does no I/O.
 * @module
 */

export type { Sha1 } from "../handshake/key.ts";
export type { CloseStatus } from "../message/close.ts";
export type { MessageLimits } from "../message/limits.ts";
export type { ErrorCode } from "../protocol/errors.ts";
export type { Role } from "../protocol/role.ts";
export type { InputFormat } from "./detect-format.ts";
export { InputError } from "./input-error.ts";
export { Inspector, type InspectorOptions } from "./inspector.ts";
export type {
  Emit,
  EndRecord,
  FrameRecord,
  HeadRecord,
  InspectionRecord,
  NoteRecord,
  ShownClose,
  ShownPayload,
  StreamOrigin,
  SummaryRecord,
  Verdict,
  ViolationRecord,
} from "./records.ts";
export { describeEnd, describeSummary, describeViolation, escapeText, reservedBits, spacedHex } from "./wording.ts";
