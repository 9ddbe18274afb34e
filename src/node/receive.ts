import type { OnReadOpts, Socket } from "node:net";
import type { Kernel } from "../kernel/kernel.ts";
import type { ReceiveBuffer } from "../kernel/receive-buffer.ts";

/** Each kernel's receive buffer: one for all sockets, since what is read into it is decoded before the next read. */
const buffers = new WeakMap<Kernel, ReceiveBuffer>();

/** Has a socket read into the kernel's own memory, and emit each chunk there as its "data". `socket` is asked at each read. */
export function readInto(kernel: Kernel, socket: () => Socket): OnReadOpts {
  let buffer = buffers.get(kernel);
  if (buffer === undefined) {
    buffer = kernel.acquireReceiveBuffer();
    buffers.set(kernel, buffer);
  }
  const { bytes } = buffer;
  const received = buffer.received.bind(buffer);
  return { buffer: bytes, callback: (length) => socket().emit("data", received(length)) };
}
