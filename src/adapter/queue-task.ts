const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => unknown };

/**
 * Runs `task` as a task of its own (HTML: "queue a task"), after those that were queued before: what promises have waiting is
 * done in between. A timer does the same where there is no `setImmediate`, only later.
 */
export const queueTask: (task: () => void) => unknown = setImmediate ?? ((task) => setTimeout(task));
