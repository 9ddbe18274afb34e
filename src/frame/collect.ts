import { ProtocolError } from "../protocol/errors.ts";

/**
 * Runs `decode` to its end and returns what it took, to iterate over. A violation is thrown after what came before it;
 * any other error at once.
 */
export function collect<T>(decode: (take: (item: T) => void) => void): Iterable<T> {
  const items: T[] = [];
  try {
    decode((item) => items.push(item));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const fault = error;
    return {
      *[Symbol.iterator]() {
        yield* items;
        throw fault;
      },
    };
  }
  return items;
}
