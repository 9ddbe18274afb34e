interface BunServer {
  readonly port: number;
  upgrade(request: Request): boolean;
}

interface BunWebSocket {
  send(data: string | Uint8Array): number;
}

/** The part of Bun that is used here. */
declare const Bun: {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    fetch(request: Request, server: BunServer): Response | undefined;
    readonly websocket: { message(webSocket: BunWebSocket, message: string | Uint8Array): void };
  }): BunServer;
};

/** Bun's own server, as it comes, which gathers the answers to a chunk by itself. Runs on Bun alone; returns its port. */
export function serveWithBun(): number {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response(null, { status: 426 })),
    websocket: { message: (webSocket, message) => void webSocket.send(message) },
  }).port;
}
