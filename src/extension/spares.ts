import type { Context } from "./backend.ts";

/** Contexts that no connection needs now, one for each size of window: to clear one costs less than to make one. */
export class Spares<C extends Context> {
  readonly #create: (windowBits: number) => C;
  readonly #spare = new Map<number, C>();

  constructor(create: (windowBits: number) => C) {
    this.#create = create;
  }

  take(windowBits: number): C {
    const spare = this.#spare.get(windowBits);
    this.#spare.delete(windowBits);
    return spare ?? this.#create(windowBits);
  }

  give(windowBits: number, context: C): void {
    if (this.#spare.has(windowBits)) {
      context.close();
      return;
    }
    context.reset();
    this.#spare.set(windowBits, context);
  }
}
