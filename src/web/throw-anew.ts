/** Throws what a caller's function has thrown by itself, so that it is told as an error that nobody has caught. */
export function throwAnew(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
