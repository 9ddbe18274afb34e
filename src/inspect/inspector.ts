import type { Sha1 } from "../handshake/key.ts";
import { join } from "../message/join.ts";
import { type MessageLimits, resolveLimits } from "../message/limits.ts";
import { checkBytes, checkInteger, checkObject, shown, wrongType } from "../protocol/argument.ts";
import { checkRole, type Role } from "../protocol/role.ts";
import { ByteFeed } from "./byte-feed.ts";
import { DecompressionContexts } from "./decompression.ts";
import { detectFormat, firstLineOf, type InputFormat, isEnough, SAMPLE_LENGTH, withoutMark } from "./detect-format.ts";
import { FollowedConnections, isFollowed } from "./followed-connections.ts";
import { HexDump, isHexDump } from "./hex-dump.ts";
import { InputError } from "./input-error.ts";
import { LoneStream } from "./lone-stream.ts";
import { isPcap, readPcap } from "./pcap.ts";
import { isPcapng, readPcapng } from "./pcapng.ts";
import { PlainHex } from "./plain-hex.ts";
import type { Emit, SummaryRecord } from "./records.ts";
import { Tally } from "./tally.ts";
import { TcpConnections } from "./tcp-connections.ts";
import { plural } from "./wording.ts";

/** How an input is read and judged. */
export interface InspectorOptions {
  /** What judges Sec-WebSocket-Accept: `createHash("sha1")` in Node. */
  readonly sha1: Sha1;
  /** What the input is. Default: told by its first bytes. */
  readonly format?: InputFormat | undefined;
  /** Who reads the stream, where the input is no capture. Default: told by its HTTP head, or by its first frame's mask bit (§5.1). */
  readonly role?: Role | undefined;
  /** Whether RSV1 marks compressed messages (RFC 7692 §6), where the input is no capture and no handshake tells. Default: false. */
  readonly deflate?: boolean | undefined;
  /** How many bytes of each payload are shown, once it is decompressed: 0 to 2^53 - 1. Default: 256. */
  readonly previewLength?: number | undefined;
  /** The limits to judge by (§10.4). Default: none, since a limit is no rule of the protocol. */
  readonly limits?: Partial<MessageLimits> | undefined;
}

/** Takes what the input has, once it is known what that is. */
interface Input {
  push(chunk: Uint8Array): void;
  end(): void;
}

/** Lists and judges the frames of a stream, or of every WebSocket in a capture. It keeps no more of the input than it needs. */
export class Inspector {
  readonly #options: InspectorOptions;
  readonly #tally: Tally;
  #format: InputFormat | undefined;
  #input: Input | undefined;
  #sample: Uint8Array = new Uint8Array(0);

  /**
   * `emit` is called with each record as it is made, the summary last.
   * @throws TypeError or RangeError naming the option that is wrong.
   */
  constructor(options: InspectorOptions, emit: Emit) {
    checkObject("options", options);
    const { sha1, format, role, previewLength = 256, limits = {} } = options;
    if (typeof sha1 !== "function") throw wrongType("sha1", "a function", sha1);
    if (typeof emit !== "function") throw wrongType("emit", "a function", emit);
    if (![undefined, "raw", "hex", "pcap"].includes(format)) {
      throw new TypeError(`format must be "raw", "hex" or "pcap", not ${shown(format)}`);
    }
    if (role !== undefined) checkRole(role);
    resolveLimits(limits);
    checkInteger("previewLength", previewLength, 0, Number.MAX_SAFE_INTEGER);
    this.#options = options;
    this.#tally = new Tally(emit);
    this.#format = format;
  }

  /**
   * Takes the bytes that follow, which are its own from here: they are unmasked in place.
   * @throws InputError when the input is not what it is taken for, or is damaged. Nothing more can be written then.
   * @throws TypeError when `chunk` is no bytes.
   */
  write(chunk: Uint8Array): void {
    checkBytes("chunk", chunk);
    if (this.#input !== undefined) {
      this.#input.push(chunk);
      return;
    }
    this.#sample = join([this.#sample, chunk]);
    if (isEnough(this.#sample, this.#format)) this.#begin();
  }

  /**
   * The input has ended: the records that are left are made, and the summary is returned, too.
   * @throws InputError as `write` does.
   */
  end(): SummaryRecord {
    (this.#input ?? this.#begin()).end();
    const summary = this.#tally.summary(this.#format!);
    this.#tally.emit(summary);
    return summary;
  }

  #begin(): Input {
    this.#format ??= detectFormat(this.#sample.subarray(0, SAMPLE_LENGTH));
    const sample = this.#format === "hex" ? withoutMark(this.#sample) : this.#sample;
    this.#sample = sample.subarray(0, 0);
    const start = sample.subarray(0, SAMPLE_LENGTH);
    this.#input = this.#format === "pcap" ? this.#capture(start) : this.#bytes(this.#format, start);
    this.#input.push(sample);
    return this.#input;
  }

  #bytes(format: "raw" | "hex", start: Uint8Array): Input {
    const { role, deflate = false, sha1 } = this.#options;
    const stream = new LoneStream({ ...this.#streamOptions(), role, deflate, sha1 });
    if (format === "raw") return stream;
    const firstLine = firstLineOf(new TextDecoder("latin1").decode(start));
    if (isFollowed(firstLine)) return new FollowedConnections({ ...this.#streamOptions(), sha1, tally: this.#tally });
    if (isHexDump(firstLine)) {
      const dump = new HexDump((bytes) => stream.push(bytes));
      return inFrontOf(
        stream,
        (chunk) => dump.read(chunk),
        () => dump.end(),
      );
    }
    const hex = new PlainHex();
    return inFrontOf(
      stream,
      (chunk) => stream.push(hex.read(chunk)),
      () => stream.push(hex.end()),
    );
  }

  #capture(start: Uint8Array): Input {
    const { sha1 } = this.#options;
    const connections = new TcpConnections({ ...this.#streamOptions(), sha1, tally: this.#tally });
    if (!isPcap(start) && !isPcapng(start)) {
      throw new InputError("the input is no capture: it begins neither as pcap nor as pcapng does");
    }
    const read = isPcap(start) ? readPcap : readPcapng;
    const feed = new ByteFeed(read((packet) => connections.take(packet)));
    return inFrontOf(
      connections,
      (chunk) => feed.push(chunk),
      () => {
        if (feed.unfinished === 0) return;
        const part = feed.begun ? "a packet" : "its file header";
        const message = `the capture ends inside ${part}, of which it has ${plural(feed.unfinished, "byte")}`;
        this.#tally.emit({ type: "note", stream: undefined, message, incomplete: true });
      },
    );
  }

  #streamOptions() {
    const { previewLength = 256, limits = {} } = this.#options;
    return { previewLength, limits, contexts: new DecompressionContexts(), emit: this.#tally.emit };
  }
}

/** What reads one format into another, and ends before it. */
function inFrontOf(next: { end(): void }, push: (chunk: Uint8Array) => void, end: () => void): Input {
  return {
    push,
    end() {
      end();
      next.end();
    },
  };
}
