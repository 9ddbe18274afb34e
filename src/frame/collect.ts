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
    return itemsThenError(items, error);
  }
  return items;
}

function* itemsThenError<T>(items: T[], error: ProtocolError): Generator<T, void, undefined> {
  yield* items;
  throw error;
}
