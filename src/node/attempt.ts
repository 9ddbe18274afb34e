import type { Socket } from "node:net";
import { ConnectError, type ConnectErrorCode, type Peer } from "../adapter/connect-error.ts";

/** An attempt to connect: the sockets it has opened, so that whatever goes wrong, none is left behind. */
export class Attempt {
  readonly #sockets: Socket[] = [];
  /** The first error of each socket. */
  readonly #errors = new Map<Socket, Error>();
  #failure: ConnectError | undefined;

  /** Takes a socket, to be destroyed when the attempt fails. */
  watch<S extends Socket>(socket: S): S {
    this.#sockets.push(socket);
    socket.on("error", (error) => {
      if (!this.#errors.has(socket)) this.#errors.set(socket, error);
    });
    if (this.#failure !== undefined) socket.destroy();
    return socket;
  }

  /** Ends the attempt from outside: what it waits for fails, once its socket is closed. */
  giveUp(failure: ConnectError): void {
    this.#failure ??= failure;
    this.#destroy();
  }

  /** @throws ConnectError when it was given up. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Leaves nothing open, and tells what it failed with. */
  fail(error: unknown): unknown {
    this.#destroy();
    return this.#failure ?? error;
  }

  /** Waits for `event`. Fails with `code`, which is about `peer`, when the socket closes before. */
  until(socket: Socket, event: string, code: ConnectErrorCode, peer: Peer): Promise<void> {
    return this.#wait(socket, event, { code, peer }, (_, done) => done(undefined));
  }

  /**
   * Reads until `take` calls `done`, which it does at once or not at all: where the chunk lies, the next read may write. Fails
   * with what `take` throws before that, or when the connection ends.
   */
  read<T>(socket: Socket, take: (chunk: Uint8Array, done: (taken: T) => void) => void): Promise<T> {
    return this.#wait(socket, "data", { code: "CUT_OFF" }, take);
  }

  #wait<T>(
    socket: Socket,
    event: string,
    { code, ...about }: { readonly code: ConnectErrorCode; readonly peer?: Peer },
    take: (value: Uint8Array, done: (taken: T) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const stop = (): void => {
        waiting = false;
        socket.off(event, onEvent).off("end", onEnd).off("close", onClose);
      };
      const done = (taken: T): void => {
        stop();
        resolve(taken);
      };
      const onEvent = (value: Uint8Array): void => {
        try {
          take(value, done);
        } catch (error) {
          // What is thrown afterwards is not about this.
          if (!waiting) throw error;
          stop();
          reject(error);
        }
      };
      const onEnd = (): void => void socket.destroy();
      const onClose = (): void => {
        stop();
        reject(new ConnectError(code, { ...about, cause: this.#errors.get(socket) }));
      };
      socket.on(event, onEvent).on("end", onEnd).on("close", onClose);
      if (socket.closed) onClose();
    });
  }

  #destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
