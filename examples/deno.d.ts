// The part of Deno that the examples use; `deno types` declares all of it.

declare namespace Deno {
  interface TcpConn {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array<ArrayBufferLike>>;
  }

  interface TcpListener extends AsyncIterable<TcpConn> {
    readonly addr: { readonly port: number };
  }

  function listen(options: { readonly hostname: string; readonly port: number }): TcpListener;
}
