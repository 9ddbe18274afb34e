export type { Context, DeflateBackend, Deflater, Inflater } from "./backend.ts";
export { type PermessageDeflateOptions, permessageDeflate } from "./permessage-deflate.ts";
