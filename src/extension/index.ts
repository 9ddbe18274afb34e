/**
 * permessage-deflate (RFC 7692). What compresses is chosen by import: `wsimd/deflate/pako` or `wsimd/deflate/zlib`.
 * @module
 */

export type { Context, DeflateBackend, Deflater, Inflater } from "./backend.ts";
export { type PermessageDeflateOptions, permessageDeflate } from "./permessage-deflate.ts";
