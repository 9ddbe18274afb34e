/**
 * How far those tests step that try every value. `npm test` leaves none out; test/runtimes, which asks whether runtimes differ and has
 * many of them to ask, takes longer steps.
 */
export const SWEEP_STEP = Number(process.env.SWEEP_STEP ?? 1);

/** Every `SWEEP_STEP`th of `values`. */
export function swept<T>(values: readonly T[]): readonly T[] {
  return values.filter((_, index) => index % SWEEP_STEP === 0);
}
