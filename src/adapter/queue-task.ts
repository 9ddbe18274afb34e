import { Fifo } from "./fifo.ts";

type QueueTask = (task: () => void) => unknown;

const { setImmediate } = globalThis as { setImmediate?: QueueTask };

/**
 * Runs `task` as a task of its own (HTML: "queue a task"), after those that were queued before: what promises have waiting is
 * done in between.
 */
export const queueTask: QueueTask = setImmediate ?? byMessages() ?? byTimers();

/** Unlike timers, these do not wait a second or more in a hidden page. */
function byMessages(): QueueTask | undefined {
  const { MessageChannel, navigator } = globalThis as Partial<typeof globalThis>;
  // There, promises settle only after messages that came together, and the request that has made a channel may be gone.
  if (MessageChannel === undefined || navigator?.userAgent === "Cloudflare-Workers") return undefined;
  const tasks = new Fifo<() => void>();
  let port: MessagePort | undefined;
  return (task) => {
    tasks.push(task);
    port ??= portTo(new MessageChannel(), () => tasks.shift()!());
    port.postMessage(undefined);
  };
}

function portTo({ port1, port2 }: MessageChannel, run: () => void): MessagePort {
  port1.onmessage = run;
  return port2;
}

function byTimers(): QueueTask {
  const { setTimeout } = globalThis;
  return (task) => setTimeout(task);
}
