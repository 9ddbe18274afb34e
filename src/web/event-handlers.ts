/** Whether a target's `dispatchEvent` calls these attributes by itself, as Cloudflare's does. */
let calledAnyway: boolean | undefined;

function areCalledAnyway(): boolean {
  let called = false;
  const onprobe = (): void => {
    called = true;
  };
  Object.assign(new EventTarget(), { onprobe }).dispatchEvent(new Event("probe"));
  return called;
}

interface Entry {
  handler: unknown;
  readonly listener: (event: Event) => void;
}

/** The event handler attributes of an event target, such as `onmessage` (HTML, "event handlers"), whose accessors ask this. */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #entries = new Map<string, Entry>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get(type: string): unknown {
    return this.#entries.get(type)?.handler ?? null;
  }

  /** Another handler takes the place of the last one among the listeners; `null`, and what is no object, leaves it. */
  set(type: string, handler: unknown): void {
    const entry = this.#entries.get(type);
    if (typeof handler !== "function" && (typeof handler !== "object" || handler === null)) {
      if (entry !== undefined) this.#target.removeEventListener(type, entry.listener);
      this.#entries.delete(type);
    } else if (entry !== undefined) {
      entry.handler = handler;
    } else {
      this.#add(type, handler);
    }
  }

  #add(type: string, handler: unknown): void {
    const listener = (event: Event): void => {
      // An object that cannot be called is kept, and not called.
      if (typeof entry.handler === "function") entry.handler.call(this.#target, event);
    };
    const entry: Entry = { handler, listener };
    this.#entries.set(type, entry);
    calledAnyway ??= areCalledAnyway();
    if (!calledAnyway) this.#target.addEventListener(type, listener);
  }
}
