import { queueTask } from "../adapter/queue-task.ts";
import type { WebSocketUri } from "../handshake/uri.ts";
import { wrongType } from "../protocol/argument.ts";

/** What carries a connection's bytes: a socket of Deno, Bun or Cloudflare, a stream of WebTransport, two ends of pipes. */
export interface ByteStreams {
  /** What the peer sends. Not locked; its chunks are the connection's, and are unmasked in place. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What goes to the peer. Not locked. */
  readonly writable: WritableStream<Uint8Array> | WritableStream<ArrayBufferView<ArrayBuffer> | ArrayBuffer>;
  /**
   * Ends what goes to the peer, if it is there: called instead of closing the writable, once all was written. A socket of Deno's is
   * closed whole, what is not read yet included, when its writable is.
   */
  closeWrite?(): Promise<unknown>;
  /**
   * Closes what carries them, if it is there. Called once the two are given up instead of ended; what it throws is ignored. A socket
   * of Cloudflare's would stay open without it.
   */
  close?(): unknown;
}

/** Where to connect to; over TLS when it is `secure`. */
export interface DialTarget extends Pick<WebSocketUri, "hostname" | "port" | "secure"> {
  /** Tells that nobody waits any more: leave nothing open then. */
  readonly signal: AbortSignal;
}

/** Connects to a server by whatever means a runtime has. */
export type Dial = (target: DialTarget) => ByteStreams | Promise<ByteStreams>;

/** @throws TypeError when these are no streams, or others read or write them already. */
export function checkStreams(streams: ByteStreams): void {
  const { readable, writable, closeWrite, close } = streams ?? {};
  if (typeof readable?.getReader !== "function") throw wrongType("readable", "a ReadableStream", readable);
  if (typeof writable?.getWriter !== "function") throw wrongType("writable", "a WritableStream", writable);
  if (closeWrite !== undefined && typeof closeWrite !== "function")
    throw wrongType("closeWrite", "a function", closeWrite);
  if (close !== undefined && typeof close !== "function") throw wrongType("close", "a function", close);
  if (readable.locked) throw new TypeError("readable must not be locked");
  if (writable.locked) throw new TypeError("writable must not be locked");
}

/** Gives streams up: by their `reader` and `writer`, where they are locked. */
export function discard(
  streams: ByteStreams,
  reason: unknown,
  reader: Pick<ReadableStream, "cancel"> = streams.readable,
  writer: Pick<WritableStream, "abort"> = streams.writable,
): void {
  const abort = (): void => quietly(() => writer.abort(reason));
  quietly(() => reader.cancel(reason));
  if (streams.close === undefined) {
    abort();
  } else {
    quietly(() => streams.close!());
    // A socket of Cloudflare's does not close once its writable was aborted; and one whose peer takes nothing never does.
    queueTask(abort);
  }
}

/** Writes, and rejects if that fails: Node throws where the writable is being closed. */
export async function writeTo(writer: WritableStreamDefaultWriter<Uint8Array>, bytes: Uint8Array): Promise<void> {
  await writer.write(bytes);
}

/** A writable has ended, and not because we have closed it. */
export function closedByOthers(): TypeError {
  return new TypeError("writable was closed by others");
}

/** Does what may fail in any way. */
export function quietly(action: () => unknown): void {
  (async () => action())().catch(ignore);
}

/** Nobody need be told how what is given up anyway ends. */
export function ignore(): void {}
