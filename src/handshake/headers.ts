import { checkString, wrongType } from "../protocol/argument.ts";

/**
 * Parsed header fields, whichever way an HTTP library gives them: a record (Node's `request.headersDistinct`, or
 * `request.headers`) or pairs (a WHATWG `Headers`, or the lines as they came). Names are compared without regard to case.
 */
export type HeaderFields =
  | Readonly<Record<string, string | number | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>;

/** Every line of `headers`, its name as it came and its value without the white space around it. */
export function* headerLines(headers: HeaderFields): Generator<readonly [name: string, value: string]> {
  if (typeof headers !== "object" || headers === null) throw wrongType("headers", "a record or pairs", headers);
  const entries: Iterable<readonly [string, string | number | readonly string[] | undefined]> =
    Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers);
  for (const entry of entries) {
    if (typeof entry === "string") throw new TypeError("headers must be a record or pairs, not a flat list");
    if (!Array.isArray(entry)) throw wrongType("headers", "a record or pairs, each pair a list", entry);
    const [name, values] = entry;
    checkString("headers: a name", name);
    const lines = Array.isArray(values) ? values : values === undefined ? [] : [values];
    for (const value of lines) {
      if (typeof value !== "string" && typeof value !== "number") {
        // What is no name may be a line as a whole, and not to be repeated.
        const called = isToken(name) ? `the value of ${name}` : "a value";
        throw wrongType(`headers: ${called}`, "a string, a number or a list of strings", value);
      }
      yield [name, trimSpace(String(value))];
    }
  }
}

/** Every field's values by lower-case name, one for each line, in the order of the lines; HTTP/2's pseudo-headers, too. */
export function collectFields(headers: HeaderFields): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const [name, value] of headerLines(headers)) {
    // Else letters beyond ASCII could turn into a field's: the Kelvin sign is a k in lower case.
    if (!isToken(name.startsWith(":") ? name.slice(1) : name)) continue;
    const lines = fields.get(name.toLowerCase());
    if (lines === undefined) fields.set(name.toLowerCase(), [value]);
    else lines.push(value);
  }
  return fields;
}

/** Whether `text` is a token: what names a field, a connection option or a subprotocol (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return typeof text === "string" && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

/** The field's value when it came on one line, else `undefined`. */
export function single(fields: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  const lines = fields.get(name);
  return lines?.length === 1 ? lines[0] : undefined;
}

/**
 * Splits a list of values at its commas (RFC 9110 §5.6.1), over however many lines it came in. What the lists of this
 * handshake hold are tokens, quoted at the most, so every comma separates. Empty elements are passed over, as that section
 * asks of a recipient. Every byte is looked at a fixed number of times, whatever the list.
 */
export function splitList(lines: readonly string[]): string[] {
  const elements: string[] = [];
  for (const line of lines) {
    for (const part of line.split(",")) {
      const element = trimSpace(part);
      if (element !== "") elements.push(element);
    }
  }
  return elements;
}

/** Whether `name` is among `elements`, compared as RFC 9110 §7.8 says: without regard to the case of ASCII letters. */
export function includes(elements: readonly string[], name: string): boolean {
  return elements.some((element) => isSame(element, name));
}

/** Unlike `toLowerCase` on both sides, this does not take the Kelvin sign for a k. `name` is in lower case. */
export function isSame(value: string | undefined, name: string): boolean {
  return value !== undefined && isToken(value) && value.toLowerCase() === name;
}

/**
 * The caller's headers, fit to be sent. A name that is no token or a value with a line break could end the line and begin
 * another header, or the body; so could what another recipient reads as one, so that only ASCII that prints, spaces and tabs
 * pass.
 * @throws TypeError when a header cannot be sent, or is among those the handshake sets itself.
 */
export function* outgoingLines(
  headers: HeaderFields,
  reserved: ReadonlySet<string>,
): Generator<readonly [name: string, value: string]> {
  for (const [name, value] of headerLines(headers)) {
    if (!isToken(name)) throw new TypeError("headers: a name is not a token");
    if (reserved.has(name.toLowerCase())) throw new TypeError(`headers: ${name} is set by the handshake itself`);
    if (!isSendable(value)) throw new TypeError(`headers: the value of ${name} has forbidden characters`);
    yield [name, value];
  }
}

/** Whether a header can carry `value` as it is. */
export function isSendable(value: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(value);
}

/** The bytes of a head: its first line, its headers, and the empty line that ends it (RFC 9112 §2.1). */
export function encodeHead(
  startLine: string,
  lines: Iterable<readonly [name: string, value: string]>,
): Uint8Array<ArrayBuffer> {
  let text = `${startLine}\r\n`;
  for (const [name, value] of lines) text += `${name}: ${value}\r\n`;
  return new TextEncoder().encode(`${text}\r\n`);
}

/** Drops the optional white space of RFC 9110 §5.6.3 around `text`: a space or a tab, and unlike `trim` nothing else. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}
