// The part of Deno that the examples use; `deno types` declares all of it.

declare namespace Deno {
  interface TcpConn {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array<ArrayBufferLike>>;
  }

  interface TcpListener {
    readonly addr: { readonly port: number };
    accept(): Promise<TcpConn>;
  }

  const errors: { readonly BadResource: new () => Error };

  function listen(options: { readonly hostname: string; readonly port: number }): TcpListener;
}
