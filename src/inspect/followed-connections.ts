import { Conversation, type ConversationOptions } from "./conversation.ts";
import { bytesOf } from "./hex-dump.ts";
import { InputError } from "./input-error.ts";
import type { ByteSink } from "./tcp-stream.ts";
import { escapeText } from "./wording.ts";

/** Above and below each connection. */
const RULE = /^={10,}$/;
/** What was sent at once, indented if by node 1. */
const DATA = /^(\t?)((?:[0-9a-f]{2})+)$/i;
/** What tshark writes in place of bytes that it has not, as if it had been sent. */
const HOLE = /^\[(\d+) bytes missing in capture file\]\0?$/;
/** A line has a TCP segment. */
const LONGEST_LINE = 2 ** 20;

/** Whether the first line of a text is that of `tshark -z follow`. */
export function isFollowed(firstLine: string): boolean {
  return RULE.test(firstLine);
}

/** Reads what `tshark -q -z follow,tcp,raw,0` says of a connection, or of several, one after another. */
export class FollowedConnections {
  readonly #options: ConversationOptions;
  readonly #decoder = new TextDecoder("latin1");
  #text = "";
  #line = 0;
  /** Whether a rule stands above, and none below yet. */
  #inside = false;
  readonly #nodes: [string, string] = ["", ""];
  /** From its first bytes on. */
  #connection: { readonly conversation: Conversation; readonly sinks: readonly [ByteSink, ByteSink] } | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** @throws InputError where it is none of that. */
  push(chunk: Uint8Array): void {
    const lines = (this.#text + this.#decoder.decode(chunk)).split("\n");
    this.#text = lines.pop()!;
    for (const line of lines) this.#readLine(line);
    if (this.#text.length > LONGEST_LINE) this.#readLine(this.#text);
  }

  end(): void {
    this.#readLine(this.#text);
    if (!this.#inside) return;
    this.#endConnection();
    const message = "the input ends inside a connection that tshark followed";
    this.#options.emit({ type: "note", stream: undefined, message, incomplete: true });
  }

  #readLine(text: string): void {
    this.#line++;
    if (text.length > LONGEST_LINE) throw this.#wrong("is too long for what tshark follows");
    const line = text.trimEnd();
    if (line === "") return;
    if (RULE.test(line)) {
      this.#inside = !this.#inside;
      if (!this.#inside) this.#endConnection();
      return;
    }
    if (!this.#inside) throw this.#wrong("stands outside of a connection that tshark followed");
    const [, indent, digits] = DATA.exec(line) ?? [];
    if (digits === undefined) this.#readHeading(line);
    else this.#take(indent === "" ? 0 : 1, bytesOf(digits));
  }

  #readHeading(line: string): void {
    const [, name, value] = /^(Follow|Filter|Node [01]): (.*)$/.exec(line) ?? [];
    if (name === undefined) throw this.#wrong("is no line of hex as follow,tcp,raw of tshark has it");
    if (name === "Follow" && !value.endsWith(",raw")) {
      throw this.#wrong(`is of ${escapeText(value)}, which has not all bytes: use -z follow,tcp,raw`);
    }
    if (name === "Node 0") this.#nodes[0] = value;
    if (name === "Node 1") this.#nodes[1] = value;
  }

  #take(node: 0 | 1, bytes: Uint8Array): void {
    if (this.#connection === undefined) {
      const conversation = new Conversation([...this.#nodes], this.#options);
      this.#connection = { conversation, sinks: [conversation.sinkOf(0), conversation.sinkOf(1)] };
    }
    const sink = this.#connection.sinks[node];
    const [, missing] = HOLE.exec(String.fromCharCode(...bytes.subarray(0, 64))) ?? [];
    if (missing === undefined) sink.push(bytes);
    else sink.missing(Number(missing));
  }

  #endConnection(): void {
    if (this.#connection === undefined) return;
    const { conversation, sinks } = this.#connection;
    this.#connection = undefined;
    for (const sink of sinks) sink.end();
    conversation.letGo();
  }

  #wrong(how: string): InputError {
    return new InputError(`line ${this.#line} ${how}`);
  }
}
