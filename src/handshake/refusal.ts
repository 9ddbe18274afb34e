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
