/** A value that a caller passed, as an error message shows it: a string in quotes, so that "5" is not taken for 5. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Fails with a `TypeError` that names the argument, unless it is an object. */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) throw new TypeError(`${name} must be an object`);
}

/** Fails with a `RangeError` that names the argument, unless it is an integer from `least` to `most`. */
export function checkInteger(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const limit = most === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : most;
  throw new RangeError(`${name} must be an integer from ${least} to ${limit}, not ${shown(value)}`);
}
