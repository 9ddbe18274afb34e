import { join } from "../message/join.ts";

/** Up to here, what waits leaves as one write: copying costs less than a write more. */
const JOINED_UP_TO = 65_536;

/**
 * The next bytes to write of what `take` gives, buffer by buffer: short ones joined, a longer one where it lies, behind those
 * before it. Empty when there is nothing. Short ones are copied also when they come alone: a stream may keep or transfer what it
 * is given, and the memory of small frames is shared.
 */
export function nextWrites(take: () => Uint8Array | undefined): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < JOINED_UP_TO) {
    const piece = take();
    if (piece === undefined) break;
    pieces.push(piece);
    length += piece.length;
  }
  const long = length > JOINED_UP_TO ? pieces.pop()! : undefined;
  const writes = pieces.length === 0 ? [] : [join(pieces)];
  if (long !== undefined) writes.push(long);
  return writes;
}
