import { type AdapterOptions, AdapterSettings, readOnce } from "../adapter/settings.ts";
import { wrongType } from "../protocol/argument.ts";
import type { Role } from "../protocol/role.ts";
import { checkForeign } from "./foreign-options.ts";

/** How a connection on a Node socket behaves. */
export interface SocketOptions extends AdapterOptions {
  /**
   * Whether a chunk's memory is freed as soon as its messages were handled and what they caused is sent. The `data` of a
   * message is empty from then on: copy what is to be kept. Chunks lie outside of V8's heap, and left to the garbage collector
   * they have it go through the whole heap again and again. Node 20 cannot, and without a handler it is not done: what waits for
   * a loop is kept. Default: false.
   */
  readonly freeChunks?: boolean;
}

export class SocketSettings extends AdapterSettings {
  readonly freeChunks: boolean;

  /** @throws TypeError or RangeError naming the option that is wrong. */
  constructor(options: SocketOptions) {
    super(options);
    const { freeChunks = false } = options;
    if (typeof freeChunks !== "boolean") throw wrongType("freeChunks", "a boolean", freeChunks);
    this.freeChunks = freeChunks;
  }
}

type Options = Omit<SocketOptions, "role"> & { readonly handler?: object | undefined };

/** The settings of an options object, which is read once. */
export const settingsFor: (role: Role, options: Options) => SocketSettings = readOnce((role, options) => {
  checkForeign(role, options);
  // Without a handler, messages wait, and the chunks that they lie in.
  const { handler, freeChunks = false } = options;
  return new SocketSettings({ ...options, role, freeChunks: handler === undefined ? false : freeChunks });
});
