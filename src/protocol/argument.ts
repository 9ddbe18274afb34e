/** A value that a caller passed, as an error message shows it: a string in quotes, so that "5" is not taken for 5. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : kindOf(value);
}

/** What kind of value a caller passed, as an error message says it. */
function kindOf(value: unknown): string {
  let kind: string = typeof value;
  if (value === undefined || value === null || kind === "number" || kind === "boolean") return String(value);
  if (kind === "object") {
    try {
      kind = `${value.constructor.name || kind}`;
    } catch {} // it has none, or a getter or a Proxy throws: that is not what is to be reported
  }
  // As it is spoken: "an Array", "a Uint8Array", "a URL".
  return `${/^[AEIO]/i.test(kind) ? "an" : "a"} ${kind}`;
}

/** The error for an argument of the wrong type: `wanted` is what it must be, with its article. */
export function wrongType(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${kindOf(value)}`);
}

/** Whether it is a `Uint8Array`, also one that another realm has made: an iframe's, `node:vm`'s, or a test runner's. */
export function isBytes(value: unknown): value is Uint8Array {
  try {
    // The getter of all typed arrays, asked of this one: what a property of its own says does not count.
    return value instanceof Uint8Array || Reflect.get(Uint8Array.prototype, Symbol.toStringTag, value) === "Uint8Array";
  } catch {
    return false; // a Proxy that will not say what its prototype is
  }
}

/** Fails with a `TypeError` that names the argument, unless it is a `Uint8Array`. `wanted` is what else it may be. */
export function checkBytes(name: string, value: unknown, wanted?: string): void {
  if (!isBytes(value)) throw notBytes(name, value, wanted);
}

/** With how to make bytes of what came. Apart from `checkBytes`, which stays small enough to become part of its callers. */
function notBytes(name: string, value: unknown, wanted = "a Uint8Array"): TypeError {
  const error = wrongType(name, wanted, value);
  if (typeof value === "string") error.message += ": new TextEncoder().encode(text) makes bytes of it";
  else if (kindOf(value) === "an ArrayBuffer") error.message += ": pass new Uint8Array(buffer)";
  else if (ArrayBuffer.isView(value)) {
    error.message += ": pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)";
  }
  return error;
}

/** Fails with a `TypeError` that names the argument, unless it is an object, and no list. */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
}

/** Fails with a `TypeError` that names the argument, unless it is a string. */
export function checkString(name: string, value: unknown): void {
  if (typeof value !== "string") throw wrongType(name, "a string", value);
}

/** Fails with a `TypeError` that names the argument, unless it is a list. `check` is told of each element what it is called. */
export function checkList<Element>(
  name: string,
  elements: string,
  value: readonly Element[],
  check: (name: string, element: Element) => void,
): void {
  if (!Array.isArray(value)) throw wrongType(name, `a list of ${elements}`, value);
  for (const [index, element] of value.entries()) check(`${name}[${index}]`, element);
}

/** Fails with a `RangeError` that names the argument, unless it is an integer from `least` to `most`. */
export function checkInteger(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const limit = most === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : most;
  throw new RangeError(`${name} must be an integer from ${least} to ${limit}, not ${shown(value)}`);
}
