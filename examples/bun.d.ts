// The part of Bun that the examples use; `bun-types` declares all of it.

declare module "bun" {
  interface Socket<Data> {
    data: Data;
    /** Hands bytes to the system, and tells how many it took: fewer while its buffer is full, -1 once the socket is closed. */
    write(bytes: Uint8Array): number;
    pause(): void;
    resume(): void;
    /** Ends the output; the input goes on. */
    shutdown(): void;
    /** Ends both at once. */
    terminate(): void;
  }

  interface SocketHandler<Data> {
    open(socket: Socket<Data>): void;
    data(socket: Socket<Data>, bytes: Uint8Array): void;
    drain(socket: Socket<Data>): void;
    end(socket: Socket<Data>): void;
    close(socket: Socket<Data>, error?: Error): void;
  }

  function listen<Data>(options: {
    readonly hostname: string;
    readonly port: number;
    /** Whether the output stays open when the peer has ended its own. */
    readonly allowHalfOpen?: boolean;
    readonly socket: SocketHandler<Data>;
  }): { readonly port: number };
}
