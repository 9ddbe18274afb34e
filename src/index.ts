/**
 * The codec itself, which imports nothing and does no I/O: frames, messages and whole connections, bytes in and bytes out.
 *
 * A `Connection` is one endpoint, from its opening handshake to its end. Below it are `MessageDecoder`, or `FragmentDecoder`
 * for messages of any size, `FrameDecoder` and `FrameEncoder`, which can be used alone, and the `Kernel` that they run on. A
 * section as in §5.2 is of RFC 6455 unless another RFC is named.
 *
 * Where the runtime forbids compiling, `wsimd/wasm` is the compiled kernel, to hand to `createWasmKernel`.
 *
 * What the peer does wrong is a `ProtocolError`; what the caller does wrong is a `TypeError` or a `RangeError` that names the
 * argument.
 * @module
 */

export { ClientOpening, type ClientOpeningOptions } from "./connection/client-opening.ts";
export { Connection } from "./connection/connection.ts";
export type {
  AnyConnectionHandler,
  Closure,
  ConnectionEvent,
  ConnectionHandler,
  FragmentConnectionHandler,
} from "./connection/handler.ts";
export type { Agreed, Opening, Outcome, Refused } from "./connection/opening.ts";
export { PreparedMessage } from "./connection/prepared-message.ts";
export { ReadyState } from "./connection/ready-state.ts";
export { type AcceptOptions, ServerOpening, type ServerOpeningOptions } from "./connection/server-opening.ts";
export { type ConnectionOptions, ConnectionSettings } from "./connection/settings.ts";
export { FrameBatch } from "./frame/batch.ts";
export { encodeClosePayload } from "./frame/close-payload.ts";
export { FrameDecoder, type FrameDecoderOptions } from "./frame/decoder.ts";
export { FrameEncoder, type FrameEncoderOptions, type FrameOptions } from "./frame/encoder.ts";
export type { Frame, FrameHandler } from "./frame/frame.ts";
export { type FrameHeader, MAX_HEADER_LENGTH, parseHeader } from "./frame/header.ts";
export { mask } from "./frame/mask.ts";
export { PreparedFrame } from "./frame/prepared.ts";
export { isValidUtf8, Utf8Validator } from "./frame/utf8.ts";
export type { Destination } from "./kernel/destination.ts";
export type { Kernel } from "./kernel/kernel.ts";
export type { ReceiveBuffer } from "./kernel/receive-buffer.ts";
export type { ScanState } from "./kernel/scan-state.ts";
export {
  createWasmKernel,
  defaultKernel,
  type KernelSelection,
  selectKernel,
  type WasmModule,
} from "./kernel/select.ts";
export { typescriptKernel } from "./kernel/typescript-kernel.ts";
export { RetainedBudget } from "./message/budget.ts";
export type { CloseStatus } from "./message/close.ts";
export { MessageDecoder, type MessageEvent, type MessageHandler } from "./message/decoder.ts";
export type { DecodedSink, EncodedPayload, Extension, NegotiableExtension } from "./message/extension.ts";
export {
  type Fragment,
  FragmentDecoder,
  type FragmentEvent,
  type FragmentHandler,
} from "./message/fragment-decoder.ts";
export { DEFAULT_LIMITS, type MessageLimits } from "./message/limits.ts";
export type { Message } from "./message/message.ts";
export type { ControlEvent, ControlHandler, MessageDecoderOptions } from "./message/stream-decoder.ts";
export { CloseCode, isWireCloseCode } from "./protocol/close-code.ts";
export { ERRORS, type ErrorCode, type ErrorRule, ProtocolError } from "./protocol/errors.ts";
export type { ExtensionElement } from "./protocol/extension-element.ts";
export { type ControlOpcode, type DataOpcode, isControl, Opcode } from "./protocol/opcode.ts";
export type { Role } from "./protocol/role.ts";
