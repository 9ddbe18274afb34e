/** A value that a caller passed, as an error message shows it: a string in quotes, so that "5" is not taken for 5. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : kindOf(value);
}

/** What kind of value a caller passed, as an error message says it. */
function kindOf(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    const name = value.constructor?.name || "object";
    // As it is spoken: "a Uint8Array", "a URL".
    return `${/^([AEIO]|U(?!int|RL))/i.test(name) ? "an" : "a"} ${name}`;
  }
  return typeof value === "string" || typeof value === "function" ? `a ${typeof value}` : String(value);
}

/** The error for an argument of the wrong type: `wanted` is what it must be, with its article. */
export function wrongType(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${kindOf(value)}`);
}

/** The error for an argument that is no `Uint8Array`, with how to make one of what came. */
export function notBytes(name: string, value: unknown, wanted: string = "a Uint8Array"): TypeError {
  const error = wrongType(name, wanted, value);
  if (typeof value === "string") error.message += ": new TextEncoder().encode(text) makes bytes of it";
  else if (value instanceof ArrayBuffer) error.message += ": pass new Uint8Array(buffer)";
  else if (ArrayBuffer.isView(value)) {
    error.message += ": pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)";
  }
  return error;
}

/** Fails with a `TypeError` that names the argument, unless it is an object, and no list. */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
}

/** Fails with a `RangeError` that names the argument, unless it is an integer from `least` to `most`. */
export function checkInteger(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const limit = most === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : most;
  throw new RangeError(`${name} must be an integer from ${least} to ${limit}, not ${shown(value)}`);
}
