import { checkInteger } from "../protocol/argument.ts";
import { MAX_CONTROL_PAYLOAD } from "../protocol/opcode.ts";

/** What a message may cost (§10.4). A peer that goes beyond a limit has the stream end with the `ProtocolError` that is named. */
export interface MessageLimits {
  /** The longest payload a frame may announce, in bytes. Default: `maxMessageLength`, and with an extension an eighth more.
   *  `FRAME_TOO_LONG`, 1009. */
  readonly maxFrameLength: number;
  /** The longest message, all fragments together, in bytes of what it decodes to. Default: 16 MiB; none where it is handed out
   *  as it comes, and not collected. `MESSAGE_TOO_LONG`, 1009. */
  readonly maxMessageLength: number;
  /** How many fragments a message may have. Default: 65 536; none where they are not collected. `TOO_MANY_FRAGMENTS`, 1008. */
  readonly maxFragments: number;
  /** How many bytes of memory a decoder may hold for what does not come whole in one chunk; while a buffer grows, the old and
   *  the new one. Default: twice `maxMessageLength` and 125, so that every message within its limit passes, and a Ping within
   *  it. `RETAINED_LIMIT`, 1008. */
  readonly maxRetainedBytes: number;
}

const DEFAULT_MAX_MESSAGE_LENGTH = 16 * 2 ** 20;
const DEFAULT_MAX_FRAGMENTS = 65_536;

/** The defaults of a `MessageDecoder` without an extension: 16 777 216 bytes a frame and a message, 65 536 fragments, and
 *  33 554 557 bytes retained. */
export const DEFAULT_LIMITS: MessageLimits = {
  maxFrameLength: DEFAULT_MAX_MESSAGE_LENGTH,
  maxMessageLength: DEFAULT_MAX_MESSAGE_LENGTH,
  maxFragments: DEFAULT_MAX_FRAGMENTS,
  maxRetainedBytes: enoughFor(DEFAULT_MAX_MESSAGE_LENGTH),
};

/** The limits that `options` ask for, and the defaults for the rest. @throws RangeError naming the limit that is wrong. */
export function resolveLimits(
  options: Partial<MessageLimits>,
  defaults: MessageLimits = DEFAULT_LIMITS,
): MessageLimits {
  const { maxMessageLength = defaults.maxMessageLength, maxFragments = defaults.maxFragments } = options;
  const { maxFrameLength = maxMessageLength, maxRetainedBytes = enoughFor(maxMessageLength) } = options;
  // In this order, so that an error names the option that was passed and not one derived from it.
  const limits = { maxMessageLength, maxFragments, maxFrameLength, maxRetainedBytes };
  for (const [name, limit] of Object.entries(limits)) {
    checkInteger(name, limit, 0, Number.MAX_SAFE_INTEGER);
  }
  return limits;
}

function enoughFor(messageLength: number): number {
  return Math.min(2 * messageLength + MAX_CONTROL_PAYLOAD, Number.MAX_SAFE_INTEGER);
}
