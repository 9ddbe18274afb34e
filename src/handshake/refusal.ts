import { shown } from "../protocol/argument.ts";
import type { HeaderFields } from "./headers.ts";

/** Why a request is refused, by whoever has more to check than this library: status, and what the answer says. */
export interface Answer {
  readonly status: number;
  /** One sentence for people. */
  readonly reason: string;
  readonly headers?: HeaderFields | undefined;
}

/** What the caller's `check` says. @throws TypeError when that is neither a refusal nor `undefined`. */
export function checkAnswer(answer: Answer | undefined): Answer | undefined {
  if (answer === undefined || (Number.isInteger(answer?.status) && typeof answer.reason === "string")) return answer;
  const wanted = "{ status, reason, headers? } or undefined";
  throw new TypeError(`check is synchronous and must return ${wanted}, not ${shown(answer)}`);
}

/** A request that opens none: answer it with `rejection`. */
export interface Refusal {
  readonly ok: false;
  readonly status: number;
  /** What the answer must say besides, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One sentence for people. It repeats nothing of the request. */
  readonly reason: string;
}

export function refuse(status: number, headers: Readonly<Record<string, string>>, reason: string): Refusal {
  return { ok: false, status, headers, reason };
}
