/** The standard's CloseEvent, for a runtime without one. */
class LocalCloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;

  constructor(type: string, { wasClean = false, code = 0, reason = "", ...init }: CloseEventInit = {}) {
    super(type, init);
    this.wasClean = wasClean;
    this.code = code;
    this.reason = reason;
  }

  get [Symbol.toStringTag](): string {
    return "CloseEvent";
  }
}

/** HTML's ErrorEvent, as far as it is not about scripts. */
class LocalErrorEvent extends Event {
  readonly message: string;
  readonly error: unknown;

  constructor(type: string, { message = "", error = null, ...init }: ErrorEventInit = {}) {
    super(type, init);
    this.message = message;
    this.error = error;
  }

  get [Symbol.toStringTag](): string {
    return "ErrorEvent";
  }
}

type Classes = Partial<Pick<typeof globalThis, "CloseEvent" | "ErrorEvent">>;
const runtime: Classes = globalThis;

/** The runtime's, or one like it. */
export const CloseEvent: new (type: string, init?: CloseEventInit) => CloseEvent =
  runtime.CloseEvent ?? LocalCloseEvent;

export const ErrorEvent: new (type: string, init?: ErrorEventInit) => Pick<ErrorEvent, "message" | "error"> & Event =
  runtime.ErrorEvent ?? LocalErrorEvent;
