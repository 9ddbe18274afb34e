import { vi } from "vitest";

/** What is thrown where nobody can catch it, instead of failing the test. Unstub the globals after it. */
export function uncaught(): unknown[] {
  const seen: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (task: () => void) =>
    Promise.resolve().then(() => {
      try {
        task();
      } catch (error) {
        seen.push(error);
      }
    }),
  );
  return seen;
}
