import { Fifo } from "./fifo.ts";

type QueueTask = (task: () => void) => unknown;

const { setImmediate, setTimeout, MessageChannel, navigator } = globalThis as Partial<typeof globalThis> & {
  setImmediate?: QueueTask;
};

/** Not in Cloudflare's runtime: promises settle only after messages that came together, and who has made a channel may be gone. */
const Channel = navigator?.userAgent === "Cloudflare-Workers" ? undefined : MessageChannel;

/**
 * Runs `task` as a task of its own (HTML: "queue a task"), after those that were queued before: what promises have waiting is
 * done in between. A timer does the same where there is nothing better, only later: in a hidden page after a second.
 */
export const queueTask: QueueTask =
  setImmediate ?? (Channel === undefined ? (task) => setTimeout!(task) : byMessages(new Channel()));

function byMessages({ port1, port2 }: MessageChannel): QueueTask {
  const tasks = new Fifo<() => void>();
  port1.onmessage = () => tasks.shift()!();
  return (task) => {
    tasks.push(task);
    port2.postMessage(undefined);
  };
}
