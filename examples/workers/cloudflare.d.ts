// The part of Cloudflare's runtime that the examples use; `@cloudflare/workers-types` declares all of it.

declare module "cloudflare:sockets" {
  interface Socket {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array>;
    /** Resolves once it is connected, and rejects where that fails. */
    readonly opened: Promise<unknown>;
  }

  function connect(
    address: { readonly hostname: string; readonly port: number },
    options?: {
      readonly secureTransport?: "on" | "off";
      /** Whether the output stays open when the peer has ended its own. */
      readonly allowHalfOpen?: boolean;
    },
  ): Socket;
}
