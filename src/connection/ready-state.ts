/** Where a connection stands. The numbers are those of the WHATWG `readyState`. */
export const ReadyState = {
  /** §4.1: the opening handshake is under way. */
  Connecting: 0,
  /** §4.1: "the WebSocket Connection is in the OPEN state". */
  Open: 1,
  /** §7.1.3: "the WebSocket Closing Handshake is Started", or the connection has failed. Nothing more is sent. */
  Closing: 2,
  /** §7.1.4: "the WebSocket Connection is Closed": its bytes have come to their end, or it was aborted. */
  Closed: 3,
} as const;

/** One of the states. */
export type ReadyState = (typeof ReadyState)[keyof typeof ReadyState];

/** What moves a connection on: its handshake succeeded; a Close was sent or received, or it failed; the stream ended. */
export type Step = "opened" | "closing" | "ended";

const { Open, Closing, Closed } = ReadyState;

/** The state that each step leads to, by the state it is taken in; `undefined` where it cannot happen. */
const NEXT: Readonly<Record<Step, readonly (ReadyState | undefined)[]>> = {
  //        Connecting  Open       Closing    Closed
  opened: [Open, undefined, undefined, undefined],
  closing: [Closing, Closing, Closing, undefined],
  ended: [Closed, Closed, Closed, undefined],
};

/** The state after `step`. */
export function nextState(state: ReadyState, step: Step): ReadyState {
  const next = NEXT[step][state];
  if (next === undefined) throw new Error(`${step} in state ${state}`);
  return next;
}
