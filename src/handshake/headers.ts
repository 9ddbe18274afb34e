/**
 * Parsed header fields, whichever way an HTTP library gives them: a record (Node's `request.headersDistinct`, or
 * `request.headers`) or pairs (a WHATWG `Headers`, or the lines as they came). Names are compared without regard to case.
 */
export type HeaderFields =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>;

/** Every line of `headers`, its name as it came and its value without the white space around it. */
export function* headerLines(headers: HeaderFields): Generator<readonly [name: string, value: string]> {
  if (typeof headers !== "object" || headers === null) throw new TypeError("headers must be a record or pairs");
  const entries: Iterable<readonly [string, string | readonly string[] | undefined]> =
    Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers);
  for (const entry of entries) {
    if (!Array.isArray(entry)) throw new TypeError("headers must be a record or pairs, not a flat list");
    const [name, values] = entry;
    for (const value of typeof values === "string" ? [values] : (values ?? [])) yield [name, trimSpace(value)];
  }
}

/** Every field's values by lower-case name, one for each line, in the order of the lines. */
export function collectFields(headers: HeaderFields): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const [name, value] of headerLines(headers)) {
    // Else letters beyond ASCII could turn into a field's: the Kelvin sign is a k in lower case.
    if (!isToken(name)) continue;
    const lines = fields.get(name.toLowerCase());
    if (lines === undefined) fields.set(name.toLowerCase(), [value]);
    else lines.push(value);
  }
  return fields;
}

/** Whether `text` is a token: what names a field, a connection option or a subprotocol (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

/**
 * Splits a list of values at its commas (RFC 9110 §5.6.1), over however many lines it came in. The lists of this
 * handshake hold no quoted strings, so every comma separates. Empty elements are passed over, as that section asks of a
 * recipient. Every byte is looked at a fixed number of times, whatever the list.
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

/** Drops the optional white space of RFC 9110 §5.6.3 around `text`: a space or a tab, and unlike `trim` nothing else. */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}
