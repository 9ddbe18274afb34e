import { shown } from "../protocol/argument.ts";

/**
 * The stable name of what is wrong with a head: part of the interface. `FOLDED_LINE` is a header that goes on in the next line
 * (RFC 9112 §5.2), `LINE_END` a line that does not end with CR LF, `TARGET_TOO_LONG` a request line and `HEAD_TOO_LONG` a head
 * past `maxHeadLength`, `TOO_MANY_HEADERS` one with more than `maxHeaders`, `HTTP_VERSION` another version than 1.x; the others
 * name the part that breaks the grammar.
 */
export type HandshakeErrorCode =
  | "REQUEST_LINE"
  | "STATUS_LINE"
  | "HTTP_VERSION"
  | "LINE_END"
  | "FOLDED_LINE"
  | "HEADER_NAME"
  | "HEADER_VALUE"
  | "TARGET_TOO_LONG"
  | "HEAD_TOO_LONG"
  | "TOO_MANY_HEADERS";

const RULES: Readonly<Record<HandshakeErrorCode, readonly [status: number, reason: string]>> = {
  REQUEST_LINE: [400, "The request line must be a method, a target and a version, with one space between."],
  STATUS_LINE: [
    502,
    "The status line must be a version, a status of three digits and a phrase, with one space between.",
  ],
  HTTP_VERSION: [505, "The version of HTTP must be 1.1, or another of 1."],
  LINE_END: [400, "Each line of the head must end with CR LF."],
  FOLDED_LINE: [400, "A header must not go on in the next line."],
  HEADER_NAME: [400, "A header must begin with a token and a colon right behind it."],
  HEADER_VALUE: [400, "The value of a header must hold no control characters."],
  TARGET_TOO_LONG: [414, "The target of the request is too long."],
  HEAD_TOO_LONG: [431, "The head is too long."],
  TOO_MANY_HEADERS: [431, "The head has too many headers."],
};

/** The bytes are no head of HTTP/1.1, or one past a limit. A server answers with `rejection(error)`. */
export class HandshakeError extends Error {
  /** Always "HandshakeError". */
  override readonly name: string = "HandshakeError";
  /** What is wrong. */
  readonly code: HandshakeErrorCode;
  /** What a server answers with: 400, 414, 431 or 505. A client has nothing to answer. */
  readonly status: number;
  /** One sentence for people. It repeats nothing of what came. */
  readonly reason: string;

  /** The status and the reason are those of `code`. @throws TypeError when it is none. */
  constructor(code: HandshakeErrorCode) {
    if (!Object.hasOwn(RULES, code)) throw new TypeError(`code must be a HandshakeErrorCode, not ${shown(code)}`);
    const [status, reason] = RULES[code];
    super(reason);
    this.code = code;
    this.status = status;
    this.reason = reason;
  }
}
