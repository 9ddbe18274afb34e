import { checkInteger, checkString, shown } from "../protocol/argument.ts";
import type { HeaderFields } from "./headers.ts";

/** Why a request is refused, by whoever has more to check than this library: status, and what the answer says. */
export interface Answer {
  /** 300 to 599: 401 or 403 where somebody may not, 404 for a path, 503 when overloaded. */
  readonly status: number;
  /** One sentence for people: the body of the answer. */
  readonly reason: string;
  /** Further headers of the answer, such as Location or WWW-Authenticate. Default: none. */
  readonly headers?: HeaderFields | undefined;
}

/** What the caller's `check` says. @throws TypeError, RangeError when that is neither a refusal nor `undefined`. */
export function checkAnswer(answer: Answer | undefined): Answer | undefined {
  if (answer === undefined) return undefined;
  const { status, reason } = (answer ?? {}) as Partial<Answer>;
  if (status === undefined && reason === undefined) {
    const wanted = "{ status, reason, headers? } or undefined";
    throw new TypeError(`check is synchronous and must return ${wanted}, not ${shown(answer)}`);
  }
  checkInteger("check: status", status, 300, 599);
  checkString("check: reason", reason);
  return answer;
}

/** A request that opens none: answer it with `rejection`. */
export interface Refusal {
  /** Tells it from an `Upgrade` or an `ExtendedConnect`. */
  readonly ok: false;
  /** 400, 405, 426 or 501: which of the rules of §4.2.1 the request breaks. */
  readonly status: number;
  /** What the answer must say besides, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One sentence for people. It repeats nothing of the request. */
  readonly reason: string;
}

export function refuse(status: number, headers: Readonly<Record<string, string>>, reason: string): Refusal {
  return { ok: false, status, headers, reason };
}
