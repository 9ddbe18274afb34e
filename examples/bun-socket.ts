import type { Socket, SocketHandler } from "bun";
import type { ByteStreams } from "wsimd/streams";

/** How many bytes may wait to be read before the peer has to wait. */
const READ_AHEAD = 65_536;

/** A socket of Bun, which tells by callbacks what happens to it, as a pair of streams with backpressure both ways. */
export class SocketStreams implements ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #socket: Socket<SocketStreams>;
  #input!: ReadableStreamDefaultController<Uint8Array>;
  #output!: WritableStreamDefaultController;
  #inputEnded = false;
  /** Goes on writing, where that waits. */
  #writeOn: (() => void) | undefined;

  constructor(socket: Socket<SocketStreams>) {
    this.#socket = socket;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#input = controller;
        },
        pull: () => socket.resume(),
        cancel: () => socket.terminate(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD }),
    );
    this.writable = new WritableStream({
      start: (controller) => {
        this.#output = controller;
      },
      write: (bytes) => this.#write(bytes),
      close: () => socket.shutdown(),
      abort: () => socket.terminate(),
    });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; ; ) {
      const written = this.#socket.write(rest);
      if (written < 0) throw new Error("the socket is closed");
      rest = rest.subarray(written);
      if (rest.length === 0) return;
      await new Promise<void>((resolve) => {
        this.#writeOn = resolve;
      });
    }
  }

  /** What `Bun.listen` is to call. It needs `allowHalfOpen`, or what waits to be written when the peer ends is lost. */
  static handler(accepted: (streams: SocketStreams) => void): SocketHandler<SocketStreams> {
    return {
      open(socket) {
        socket.data = new SocketStreams(socket);
        accepted(socket.data);
      },
      data({ data: streams }, bytes) {
        streams.#input.enqueue(bytes);
        if (streams.#input.desiredSize! <= 0) streams.#socket.pause();
      },
      drain({ data: streams }) {
        streams.#writeOn?.();
      },
      end({ data: streams }) {
        streams.#inputEnded = true;
        streams.#input.close();
      },
      close({ data: streams }, error = new Error("the socket is closed")) {
        if (!streams.#inputEnded) streams.#input.error(error);
        streams.#output.error(error);
        streams.#writeOn?.();
      },
    };
  }
}
