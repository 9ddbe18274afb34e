import { expect } from "vitest";

/** `expect(actual, title).toBe(wanted)`, asked only where that fails: it takes microseconds, and tests of every split compare by the million. */
export function expectSame<T>(actual: T, wanted: T, title?: string): void {
  if (!Object.is(actual, wanted)) expect(actual, title).toBe(wanted);
}
