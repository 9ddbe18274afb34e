// What either end puts on the wire, and what it does not take from it: the rules of §5 to §7 that bind a whole connection.

import { describe, expect, test } from "vitest";
import { Opcode, PreparedMessage, parseHeader, ReadyState, type Role } from "../../src/index.ts";
import { concat, frame, hex, KEY, peerKey } from "../wire.ts";
import { Endpoint, framesSent } from "./endpoint.ts";

describe.each<Role>(["client", "server"])("a %s", (role) => {
  const key = peerKey(role);
  const close = frame({ opcode: Opcode.Close, payload: hex("03 e8"), key });

  test("masks every frame, control frames and its answers too, with a fresh key, if it is a client", () => {
    const endpoint = new Endpoint(role);
    const { connection } = endpoint;
    connection.sendText("Hello");
    connection.sendBinary(new Uint8Array(70_000));
    connection.send(Opcode.Text, "a", { fin: false });
    connection.ping();
    connection.send(Opcode.Continuation, "b");
    connection.sendPrepared(new PreparedMessage(Opcode.Text, "news"));
    connection.pong();
    connection.receive(concat(frame({ opcode: Opcode.Ping, payload: "?", key }), close));
    const opcodes: number[] = [];
    const keys = new Set<string>();
    for (let rest = endpoint.take(); rest.length > 0; ) {
      const header = parseHeader(rest)!;
      expect(header.masked).toBe(role === "client");
      opcodes.push(header.opcode);
      keys.add(rest.subarray(header.headerLength - 4, header.headerLength).toString("hex"));
      rest = rest.subarray(header.headerLength + header.payloadLength);
    }
    expect(opcodes).toStrictEqual([1, 2, 1, 9, 0, 1, 10, 10, 8]);
    if (role === "client") expect(keys.size).toBe(opcodes.length);
  });

  test("sets FIN on the last frame of a message, and its type on the first", () => {
    const endpoint = new Endpoint(role);
    const { connection } = endpoint;
    connection.send(Opcode.Binary, hex("01"), { fin: false });
    connection.send(Opcode.Continuation, hex("02"), { fin: false });
    connection.send(Opcode.Continuation, hex("03"));
    connection.sendText("t");
    expect(framesSent(endpoint)).toStrictEqual(["binary 01 …", "continuation 02 …", "continuation 03", "text 74"]);
  });

  test("breaks a message in fragments off when it closes", () => {
    const endpoint = new Endpoint(role);
    const { connection } = endpoint;
    connection.send(Opcode.Text, "a", { fin: false });
    connection.close();
    expect(connection.send(Opcode.Continuation, "b")).toBe(false);
    expect(framesSent(endpoint)).toStrictEqual(["text 61 …", "close 1000"]);
  });

  test.each([Opcode.Text, Opcode.Ping, Opcode.Close])(
    "closes with 1002 upon a frame of opcode %d with the other role's mask bit",
    (opcode) => {
      const endpoint = new Endpoint(role);
      endpoint.connection.receive(frame({ opcode, key: key === undefined ? KEY : undefined }));
      expect(framesSent(endpoint)).toStrictEqual(["close 1002"]);
      expect(endpoint.connection.finished).toBe(role === "server");
      endpoint.connection.receiveEof();
      const why = role === "server" ? "MASK_REQUIRED" : "MASK_FORBIDDEN";
      expect(endpoint.seen).toStrictEqual([`close 1006 "" unclean ${why}`]);
    },
  );

  test("looks at nothing after a violation, not even at a Close", () => {
    for (const together of [true, false]) {
      const endpoint = new Endpoint(role);
      const after = concat(frame({ opcode: Opcode.Text, payload: "late", key }), close);
      const bad = frame({ opcode: 0xb, key });
      for (const chunk of together ? [concat(bad, after)] : [bad, after]) endpoint.connection.receive(chunk);
      expect(framesSent(endpoint)).toStrictEqual(["close 1002"]);
      expect(endpoint.connection.readyState).toBe(ReadyState.Closing);
      endpoint.connection.receiveEof();
      expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean RESERVED_OPCODE']);
    }
  });

  test("answers a Ping with its payload, at once, also in the middle of a message of either side", () => {
    const endpoint = new Endpoint(role);
    const { connection } = endpoint;
    connection.send(Opcode.Text, "a", { fin: false });
    endpoint.take();
    connection.receive(frame({ opcode: Opcode.Text, fin: false, payload: "x", key }));
    connection.receive(frame({ opcode: Opcode.Ping, payload: hex("01 02"), key }));
    expect(framesSent(endpoint)).toStrictEqual(["pong 0102"]);
    connection.receive(frame({ opcode: Opcode.Continuation, payload: "y", key }));
    expect(endpoint.seen).toStrictEqual(["ping 0102", "text xy"]);
  });
});
