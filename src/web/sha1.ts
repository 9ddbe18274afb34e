/** A synchronous SHA-1 for every runtime: that of Web Crypto gives a promise. */
export { sha1 } from "@noble/hashes/legacy.js";
