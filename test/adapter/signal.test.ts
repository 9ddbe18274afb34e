import { expect, it } from "vitest";
import { checkSignal } from "../../src/adapter/signal.ts";

it("checkSignal names what is no AbortSignal", () => {
  checkSignal(undefined);
  checkSignal(new AbortController().signal);
  expect(() => checkSignal(5 as unknown as AbortSignal)).toThrow(/^signal must be an AbortSignal/);
});
