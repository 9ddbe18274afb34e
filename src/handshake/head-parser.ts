import { checkBytes, checkInteger, checkObject, shown } from "../protocol/argument.ts";
import { HandshakeError } from "./handshake-error.ts";
import { isToken, trimSpace } from "./headers.ts";

/** A line of a head: the name as it came, the value without the white space around it, each byte a character (latin1). */
export type HeaderLine = readonly [name: string, value: string];

/** The head of a request: what `checkUpgrade` takes, and the target to route by. */
export interface RequestHead {
  /** Such as "GET". */
  readonly method: string;
  /** The request target as it came: "/resource name/" in most cases, but any of the forms of RFC 9112 §3.2. */
  readonly target: string;
  /** Such as `"1.1"`. */
  readonly httpVersion: string;
  /** In the order in which they came. */
  readonly headers: readonly HeaderLine[];
}

/** The head of a response: what `checkUpgradeResponse` takes. */
export interface ResponseHead {
  /** The status code, of three digits. */
  readonly status: number;
  /** Such as `"1.1"`. */
  readonly httpVersion: string;
  /** In the order in which they came. */
  readonly headers: readonly HeaderLine[];
}

/** What a head may cost. A head past a limit is a `HandshakeError`. */
export interface HeadLimits {
  /** The longest head, in bytes, from its first to the empty line. Default: 16 KiB. */
  readonly maxHeadLength?: number;
  /** The most header lines. Default: 100. */
  readonly maxHeaders?: number;
}

/** What a `HeadParser` reads, by its kind. */
export interface Heads {
  /** What a client sends. */
  readonly request: RequestHead;
  /** What a server answers. */
  readonly response: ResponseHead;
}

type StartLine<Kind extends keyof Heads> = Omit<Heads[Kind], "headers">;

const LINE_FEED = 0x0a;

/**
 * Reads the head of one HTTP/1.1 request or response from its bytes, in whatever chunks they come. Strict where RFC 9112
 * leaves a choice, since a head that two parties can read differently is how requests are smuggled. It holds what has come,
 * and is dropped once it has given the head.
 */
export class HeadParser<Kind extends keyof Heads> {
  readonly #kind: Kind;
  readonly #maxHeadLength: number;
  readonly #maxHeaders: number;
  #length = 0;
  /** What has come of the line that is not complete. */
  #line = "";
  #startLine: StartLine<Kind> | undefined;
  readonly #headers: HeaderLine[] = [];
  #over = false;

  /**
   * `kind` is "request" for a server, "response" for a client.
   * @param options what the head may cost
   * @throws TypeError or RangeError when an option is of the wrong type or range.
   */
  constructor(kind: Kind, options: HeadLimits = {}) {
    if (kind !== "request" && kind !== "response") {
      throw new TypeError(`kind must be "request" or "response", not ${shown(kind)}`);
    }
    checkObject("options", options);
    const { maxHeadLength = 16_384, maxHeaders = 100 } = options;
    checkInteger("maxHeadLength", maxHeadLength, 1, Number.MAX_SAFE_INTEGER);
    checkInteger("maxHeaders", maxHeaders, 0, Number.MAX_SAFE_INTEGER);
    this.#kind = kind;
    this.#maxHeadLength = maxHeadLength;
    this.#maxHeaders = maxHeaders;
  }

  /**
   * Takes the bytes that follow. `undefined` while the head is not complete, then the head, and the rest of the chunk: a view
   * of it, with what the peer sent right behind its head, such as the first frames.
   * @throws HandshakeError when the bytes are no such head.
   * @throws TypeError when `chunk` is no Uint8Array, or a head or an error was given before.
   */
  push(chunk: Uint8Array): { readonly head: Heads[Kind]; readonly rest: Uint8Array } | undefined {
    checkBytes("chunk", chunk);
    if (this.#over) throw new TypeError("a HeadParser reads one head, and this one is done");
    this.#over = true;
    const rest = this.#read(chunk);
    if (rest !== undefined) {
      return { head: { ...this.#startLine, headers: this.#headers } as unknown as Heads[Kind], rest };
    }
    this.#over = false;
    return undefined;
  }

  /** Every byte is looked at a fixed number of times: each line once it is complete. */
  #read(chunk: Uint8Array): Uint8Array | undefined {
    for (let at = 0; at < chunk.length; ) {
      const feed = chunk.indexOf(LINE_FEED, at);
      const end = feed < 0 ? chunk.length : feed + 1;
      this.#length += end - at;
      if (this.#length > this.#maxHeadLength) {
        // RFC 9112 §3: a target "longer than any URI it wishes to parse" is 414; RFC 6585 §5: 431 is for the headers.
        const inTarget = this.#kind === "request" && this.#startLine === undefined;
        throw new HandshakeError(inTarget ? "TARGET_TOO_LONG" : "HEAD_TOO_LONG");
      }
      this.#line += latin1(chunk, at, end);
      at = end;
      if (feed < 0) break;
      // RFC 9112 §2.2: a recipient "MAY recognize a single LF as a line terminator": this one does not.
      if (!this.#line.endsWith("\r\n")) throw new HandshakeError("LINE_END");
      const line = this.#line.slice(0, -2);
      this.#line = "";
      if (this.#startLine === undefined) this.#startLine = parseStartLine[this.#kind](line) as StartLine<Kind>;
      else if (line === "") return chunk.subarray(at);
      else this.#takeHeader(line);
    }
    return undefined;
  }

  #takeHeader(line: string): void {
    if (this.#headers.length === this.#maxHeaders) throw new HandshakeError("TOO_MANY_HEADERS");
    this.#headers.push(parseHeaderLine(line));
  }
}

const parseStartLine = {
  /** RFC 9112 §3: "request-line = method SP request-target SP HTTP-version". */
  request(line: string): StartLine<"request"> {
    const [, method, target, httpVersion] = /^([^ ]+) ([!-~]+) HTTP\/(\d\.\d)$/.exec(line) ?? [];
    if (method === undefined || !isToken(method)) throw new HandshakeError("REQUEST_LINE");
    checkVersion(httpVersion);
    return { method, target, httpVersion };
  },
  /** RFC 9112 §4: "status-line = HTTP-version SP status-code SP [ reason-phrase ]". */
  response(line: string): StartLine<"response"> {
    const [, httpVersion, status] = /^HTTP\/(\d\.\d) (\d{3}) [\t\x20-\x7e\x80-\xff]*$/.exec(line) ?? [];
    if (httpVersion === undefined) throw new HandshakeError("STATUS_LINE");
    checkVersion(httpVersion);
    return { status: Number(status), httpVersion };
  },
};

/** Another major version has other heads (RFC 9110 §2.5). */
function checkVersion(httpVersion: string): void {
  if (!httpVersion.startsWith("1.")) throw new HandshakeError("HTTP_VERSION");
}

/** RFC 9112 §5: "field-line = field-name ":" OWS field-value OWS". */
function parseHeaderLine(line: string): HeaderLine {
  // §5.2: "A server that receives an obs-fold in a request message ... MUST either reject the message ... or replace" it.
  if (line.startsWith(" ") || line.startsWith("\t")) throw new HandshakeError("FOLDED_LINE");
  // §5.1: "No whitespace is allowed between the field name and colon."
  const colon = line.indexOf(":");
  const name = line.slice(0, colon);
  if (colon < 0 || !isToken(name)) throw new HandshakeError("HEADER_NAME");
  // RFC 9110 §5.5: values with CR, LF or NUL are "invalid and dangerous", other control characters are invalid, too.
  const value = line.slice(colon + 1);
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new HandshakeError("HEADER_VALUE");
  return [name, trimSpace(value)];
}

/** Unlike `TextDecoder`'s "latin1", which is windows-1252, each byte is the character of its number. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  // In pieces, since an engine takes only so many arguments.
  for (let at = start; at < end; at += 1024) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 1024, end)));
  }
  return text;
}
