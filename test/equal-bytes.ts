// What vitest compares key by key, and makes a string of each key: bytes, of which tests compare many.

import { expect } from "vitest";

/** Tells nothing of what differs, nor of different classes: for these there is `expect`'s own way, which says how. */
function equalBytes(one: unknown, other: unknown): true | undefined {
  if (!(one instanceof Uint8Array && other instanceof Uint8Array)) return undefined;
  if (one.constructor !== other.constructor || one.length !== other.length) return undefined;
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== other[at]) return undefined;
  }
  return true;
}

expect.addEqualityTesters([equalBytes]);
