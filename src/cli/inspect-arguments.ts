import { parseArgs } from "node:util";
import type { InputFormat, InspectorOptions, MessageLimits, Role } from "../inspect/index.ts";
import { plural } from "../inspect/wording.ts";
import { UsageError } from "./usage-error.ts";

export const INSPECT_HELP = `Usage: wsimd inspect [OPTIONS] [FILE]

Lists the frames of a WebSocket stream and judges them. FILE is a capture of tcpdump or tshark (pcap, pcapng), of which
every WebSocket is read; hex (plain, a dump of xxd, hexdump -C, od -t x1, or what tshark -z follow,tcp,raw says); or raw bytes.
Without FILE, or with -, standard input.

  --format raw|hex|pcap   what FILE is; told by its first bytes
  --role client|server    who reads the stream; told by its HTTP head or its first frame's mask bit
  --deflate               messages with RSV1 are compressed, where no opening handshake tells
  --full                  show payloads whole, up to 64 MiB each
  --json                  one JSON object a line
  --max-frame-length N, --max-message-length N, --max-fragments N, --max-retained-bytes N
                          limits to judge by; none
  --help                  show this

Exits with 0 when no rule is broken, also where the last line says "incomplete", since bytes are missing; with 1 when one is
broken; with 2 when the input cannot be read, or has no WebSocket in it.
`;

/** What fits into a string when it is written in hex. */
const FULL = 64 * 2 ** 20;

/** The options that set a limit, and which. */
const LIMITS = {
  "max-frame-length": "maxFrameLength",
  "max-message-length": "maxMessageLength",
  "max-fragments": "maxFragments",
  "max-retained-bytes": "maxRetainedBytes",
} as const satisfies Record<string, keyof MessageLimits>;

export interface InspectArguments extends Omit<InspectorOptions, "sha1"> {
  readonly help: boolean;
  readonly json: boolean;
  readonly full: boolean;
  /** `undefined` for standard input. */
  readonly file: string | undefined;
}

/** @throws UsageError with what is wrong. */
export function readArguments(args: readonly string[]): InspectArguments {
  const { values, positionals } = parse(args);
  const [file, ...others] = positionals;
  if (others.length > 0)
    throw new UsageError(
      `${plural(positionals.length, "file")}, and one FILE at a time: pass ${file} alone, then ${others[0]}`,
    );
  return {
    help: values.help,
    json: values.json,
    full: values.full,
    deflate: values.deflate,
    file: file === "-" ? undefined : file,
    format: choice<InputFormat>("format", values.format, ["raw", "hex", "pcap"]),
    role: choice<Role>("role", values.role, ["client", "server"]),
    limits: limitsIn(values),
    ...(values.full ? { previewLength: FULL } : undefined),
  };
}

function parse(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  const value = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { ...flag, short: "h" },
        json: flag,
        full: flag,
        deflate: flag,
        format: value,
        role: value,
        "max-frame-length": value,
        "max-message-length": value,
        "max-fragments": value,
        "max-retained-bytes": value,
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Its first sentence: what follows is advice on files whose names begin with a dash.
    const [sentence] = error.message.split(/\. |\.?\n/, 1);
    const reason = sentence.replace("argument is ambiguous", "needs a value that begins with no dash");
    throw new UsageError(`${reason}: see wsimd inspect --help`);
  }
}

function choice<T extends string>(name: string, value: string | undefined, choices: readonly T[]): T | undefined {
  if (value === undefined || choices.includes(value as T)) return value as T | undefined;
  throw new UsageError(`--${name} must be ${choices.join(" or ")}, not ${JSON.stringify(value)}`);
}

function limitsIn(values: Readonly<Record<string, string | boolean | undefined>>): Partial<MessageLimits> {
  const limits: { -readonly [Name in keyof MessageLimits]?: number } = {};
  for (const [option, name] of Object.entries(LIMITS)) {
    const value = values[option];
    if (value === undefined) continue;
    if (!/^\d{1,15}$/.test(String(value))) {
      throw new UsageError(`--${option} must be a whole number, not ${JSON.stringify(value)}`);
    }
    limits[name] = Number(value);
  }
  return limits;
}
