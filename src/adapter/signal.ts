import { wrongType } from "../protocol/argument.ts";
/** @throws TypeError when it is none. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType("signal", "an AbortSignal", signal);
}
