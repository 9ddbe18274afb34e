// The other end of a made-up socket, so that it is known what has gone out, and when.

import { Duplex } from "node:stream";

export class Peer {
  /** What has gone out, a character each byte, in how many writes. */
  out = "";
  writes = 0;
  readonly socket: Duplex;
  /** Whether it reads; otherwise nothing that is written goes out until `read`. */
  #reads: boolean;
  #written: (() => void) | undefined;

  constructor({ reads } = { reads: true }) {
    this.#reads = reads;
    const write = (chunks: Buffer[], callback: () => void): void => {
      const goOut = (): void => {
        this.out += Buffer.concat(chunks).toString("latin1");
        this.writes++;
        callback();
      };
      if (this.#reads) goOut();
      else this.#written = goOut;
    };
    this.socket = new Duplex({
      read() {},
      write: (chunk, _, callback) => write([chunk], callback),
      writev: (all, callback) =>
        write(
          all.map(({ chunk }) => chunk),
          callback,
        ),
    });
  }

  /** In memory of its own, as sockets deliver it. Returns that. */
  say(...frames: Uint8Array[]): Uint8Array {
    const chunk = new Uint8Array(Buffer.concat(frames));
    this.socket.emit("data", chunk);
    return chunk;
  }

  read(): void {
    this.#reads = true;
    this.#written?.();
  }
}
