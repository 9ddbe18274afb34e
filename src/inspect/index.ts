export type { Sha1 } from "../handshake/key.ts";
export type { MessageLimits } from "../message/limits.ts";
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
  ShownPayload,
  StreamOrigin,
  SummaryRecord,
  ViolationRecord,
} from "./records.ts";
export { describeCounts, describeEnd, describeSkipped, escapeText, grouped, plural } from "./wording.ts";
