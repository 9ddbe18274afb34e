/** What a caller in plain JavaScript may pass. */
export function wrong<T>(value: unknown): T {
  return value as T;
}
