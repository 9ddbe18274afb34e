import { connect as openSocket } from "cloudflare:sockets";
import { type Connection, Opcode } from "wsimd";
import { accept, ConnectError, type ConnectOptions, connect, type Dial } from "wsimd/streams";
import { webSocketOver } from "wsimd/websocket";

const options: ConnectOptions = { keepAliveInterval: 100 }; // one for the connections of all requests

const dial: Dial = ({ hostname, port }) => openSocket({ hostname, port });

/** What a request's query asks for, at the WebSocket server at `uri`. */
const tasks: Readonly<Record<string, (uri: string) => Promise<unknown>>> = {
  /** Sends a message from a source, and leaves the connection as it is. */
  async leave(uri) {
    const connection = await connect(uri, dial, options);
    await connection.sendStream(Opcode.Text, ["I leave"]);
    return "left";
  },

  /** The same, but waits until the server closes. */
  async stay(uri) {
    const connection = await connect(uri, dial, options);
    await connection.sendStream(Opcode.Text, ["I stay"]);
    return (await connection.closed).code;
  },

  /** Gives a connection up, and then waits for a while. */
  async abort(uri) {
    const connection = await connect(uri, dial, options);
    connection.abort();
    await pause();
    return "aborted";
  },

  /** Waits for a while after a server has not answered in time. */
  async timeOut(uri) {
    const failed = await connect(uri, dial, { openingTimeout: 100 }).catch((error: unknown) => error);
    await pause();
    return failed instanceof ConnectError ? failed.code : "open";
  },

  /** How many messages a WebSocket has told of, and the code of its end, when its server sends 12 000 at once. */
  count() {
    const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
    const onOpen = (server: Connection): void => {
      for (let message = 0; message < 12_000; message++) server.sendText("a");
      server.close(4000);
    };
    accept({ readable: there.readable, writable: back.writable }, { handler: { onOpen, onMessage() {} } });
    const client = { readable: back.readable, writable: there.writable };
    const WebSocket = webSocketOver<ConnectOptions>((uri, options) => connect(uri, client, options));
    return new Promise((resolve) => {
      let count = 0;
      const socket = new WebSocket("ws://a.example/");
      socket.addEventListener("message", () => count++);
      socket.addEventListener("close", ({ code }) => resolve([count, code]));
    });
  },
};

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 3000));
}

export default {
  async fetch({ url }: Request, { uri }: { readonly uri: string }): Promise<Response> {
    return Response.json(await tasks[new URL(url).search.slice(1)](uri));
  },
};
