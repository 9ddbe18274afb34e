import { connect as openSocket } from "cloudflare:sockets";
import { defaultKernel } from "wsimd";
import { ConnectError, ConnectionFailed, type ConnectOptions, connect, type Dial } from "wsimd/streams";

const dial: Dial = async ({ hostname, port, secure }) => {
  const socket = openSocket({ hostname, port }, { secureTransport: secure ? "on" : "off" });
  await socket.opened;
  return socket;
};

const options: ConnectOptions = { maxMessageLength: 1_000_000 }; // one for all connections

/** Says each line to the WebSocket server at `uri`, and gives what that says back. */
async function echo(uri: string, lines: readonly string[]): Promise<string[]> {
  const connection = await connect(uri, dial, options);
  for (const line of lines) connection.sendText(line);
  const echoed: string[] = [];
  for await (const message of connection) {
    echoed.push(message.text());
    if (echoed.length === lines.length) break;
  }
  await connection.end();
  return echoed;
}

export default {
  async fetch(request: Request, { ECHO }: { readonly ECHO: string }): Promise<Response> {
    const lines = (await request.text()).split("\n");
    try {
      return Response.json({ echoed: await echo(ECHO, lines), kernel: defaultKernel().kernel.name });
    } catch (error) {
      if (!(error instanceof ConnectError || error instanceof ConnectionFailed)) throw error;
      return new Response(`${ECHO}: ${error.message}\n`, { status: 502 });
    }
  },
};
