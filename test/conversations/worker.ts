import { connect as openSocket } from "cloudflare:sockets";
import { Opcode } from "wsimd";
import { type ConnectOptions, connect } from "wsimd/streams";

const options: ConnectOptions = { keepAliveInterval: 100 }; // one for the connections of all requests

/** Sends a message to the WebSocket server at `uri`, from a source; asked to stay, it waits until the server closes. */
export default {
  async fetch({ url }: Request, { uri }: { readonly uri: string }): Promise<Response> {
    const stays = url.endsWith("?stay");
    const connection = await connect(uri, ({ hostname, port }) => openSocket({ hostname, port }), options);
    await connection.sendStream(Opcode.Text, [stays ? "I stay" : "I leave"]);
    return Response.json(stays ? (await connection.closed).code : "left");
  },
};
