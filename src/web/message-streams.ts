import { ConnectionFailed, type MessageQueue } from "../adapter/message-queue.ts";
import { CloseCode } from "../protocol/close-code.ts";
import type { StreamConnection } from "./stream-connection.ts";

/** The messages of a connection: strings for text, bytes for binary. */
export interface MessageStreams {
  /**
   * What the peer says, a chunk each message, in memory of its own. It closes with the connection, and fails with
   * `ConnectionFailed` when that was not closed cleanly. Cancelled, it closes the connection.
   */
  readonly readable: ReadableStream<string | Uint8Array>;
  /**
   * What to tell the peer, a message each chunk. It is ready while the connection is not congested. Closed, it closes the
   * connection with 1000, and waits for that; aborted, or given a chunk that is no message, with 1011. A write to a connection
   * that is closing fails with an `InvalidStateError`.
   */
  readonly writable: WritableStream<string | Uint8Array>;
}

export function messageStreams(connection: StreamConnection, queue: MessageQueue): MessageStreams {
  const readable = new ReadableStream<string | Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await queue.next();
        if (done) controller.close();
        else controller.enqueue(value.type === "text" ? value.text() : own(value.data));
      },
      async cancel() {
        await connection.end();
      },
    },
    // What waits, waits in the queue, which lets the peer wait.
    { highWaterMark: 0 },
  );
  const send = (message: string | Uint8Array): boolean => {
    try {
      return typeof message === "string" ? connection.sendText(message) : connection.sendBinary(message);
    } catch (error) {
      // It fails the writable, to which nobody can write any more.
      connection.close(CloseCode.InternalError);
      throw error;
    }
  };
  const writable = new WritableStream<string | Uint8Array>({
    start(controller) {
      connection.closed.then((closure) => {
        if (!closure.clean) controller.error(new ConnectionFailed(closure, queue.cause));
      });
      // Also while a write waits for a peer that does not read.
      controller.signal.addEventListener("abort", () => connection.close(CloseCode.InternalError));
    },
    async write(message) {
      await connection.drained();
      if (!send(message)) throw new DOMException("the connection is closing", "InvalidStateError");
      await connection.drained();
    },
    async close() {
      await connection.drained();
      connection.close();
      const closure = await connection.closed;
      if (!closure.clean) throw new ConnectionFailed(closure, queue.cause);
    },
    async abort() {
      await connection.end({ code: CloseCode.InternalError });
    },
  });
  return { readable, writable };
}

/** Bytes that the reader may transfer: those of a message are a view of what was read, where others may lie. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
}
