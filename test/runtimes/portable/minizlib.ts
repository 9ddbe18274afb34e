// What `wsimd/deflate/zlib` stands on, which stands on node:zlib.

export { constants } from "./zlib.ts";
export { Unavailable as DeflateRaw, Unavailable as InflateRaw };

class Unavailable {
  constructor() {
    throw new Error("this runtime has no zlib");
  }
}
