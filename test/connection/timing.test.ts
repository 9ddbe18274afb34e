// What must happen at once, and what must happen in time: text is refused before the rest of its message is there; one half
// of the TCP connection may end before the other; a Close may never be answered.

import { createHash } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pakoBackend } from "../../src/extension/pako.ts";
import { ClientOpening, Opcode, ReadyState, type Role, ServerOpening } from "../../src/index.ts";
import { extensionFor } from "../extension/backends.ts";
import { onBothKernels } from "../vectors.ts";
import { concat, frame, hex, peerKey } from "../wire.ts";
import { Endpoint, framesSent } from "./endpoint.ts";

const roles: readonly Role[] = ["client", "server"];

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** More of a message than is ever received in these tests. */
const REST = "61 ".repeat(100);

onBothKernels((kernel) => {
  describe.each(roles)("invalid UTF-8 is refused by a %s", (role) => {
    const key = peerKey(role);

    // Each is valid but for its last byte.
    test.each([
      ["a byte that no text has", "48 65 ff"],
      ["an overlong form", "48 c0"],
      ["a surrogate", "ed a0"],
      ["past U+10FFFF", "f4 90"],
      ["a character that breaks off", "e4 b8 41"],
    ])("at its byte, with the rest of the frame or of the message still to come: %s", (_, dump) => {
      for (const fin of [true, false]) {
        const endpoint = new Endpoint(role, { kernel });
        const { connection } = endpoint;
        const bytes = frame({ opcode: Opcode.Text, fin, payload: hex(`${dump} ${REST}`), key });
        const fault = bytes.length - hex(REST).length - 1;
        for (let at = 0; at < fault; at++) connection.receive(bytes.slice(at, at + 1));
        expect([connection.readyState, connection.bufferedAmount]).toStrictEqual([ReadyState.Open, 0]);
        connection.receive(bytes.slice(fault, fault + 1));
        expect(connection.readyState).toBe(ReadyState.Closing);
        expect(framesSent(endpoint)).toStrictEqual(["close 1007"]);
        connection.receive(bytes.slice(fault + 1));
        connection.receiveEof();
        expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean INVALID_UTF8']);
        expect(connection.takeBytes()).toBeUndefined();
      }
    });

    test("in a later fragment, by what an earlier one began", () => {
      const endpoint = new Endpoint(role, { kernel });
      // After F0, 8F would be an overlong form.
      const last = frame({ opcode: Opcode.Continuation, payload: hex(`8f ${REST}`), key });
      const stream = concat(
        frame({ opcode: Opcode.Text, fin: false, payload: hex("61 f0"), key }),
        frame({ opcode: Opcode.Ping, payload: hex("07"), key }),
        last.subarray(0, last.length - hex(REST).length),
      );
      endpoint.connection.receive(stream);
      expect(framesSent(endpoint)).toStrictEqual(["pong 07", "close 1007"]);
      expect(endpoint.seen).toStrictEqual(["ping 07"]);
    });

    test("as it comes out of a compressed message", () => {
      const endpoint = new Endpoint(role, { kernel }, { extension: extensionFor(pakoBackend, role) });
      const payload = deflateRawSync(hex(`48 ff ${REST}`), { finishFlush: constants.Z_SYNC_FLUSH });
      endpoint.connection.receive(frame({ opcode: Opcode.Text, rsv: 4, fin: false, payload, key }));
      expect(framesSent(endpoint)).toStrictEqual(["close 1007"]);
    });

    test("in the reason of a Close", () => {
      const endpoint = new Endpoint(role, { kernel });
      endpoint.connection.receive(frame({ opcode: Opcode.Close, payload: hex("03 e8 ff"), key }));
      expect(framesSent(endpoint)).toStrictEqual(["close 1007"]);
      endpoint.connection.receiveEof();
      expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean INVALID_CLOSE_REASON']);
    });
  });
});

describe.each(roles)("one half of the connection of a %s ends first", (role) => {
  const key = peerKey(role);
  const close = frame({ opcode: Opcode.Close, payload: hex("03 e9"), key });

  test("the peer's, with its Close: ours still goes out, and the end is clean", () => {
    const endpoint = new Endpoint(role);
    endpoint.connection.receive(close.slice());
    endpoint.connection.receiveEof();
    expect(endpoint.seen).toStrictEqual(['close 1001 "" clean']);
    expect(framesSent(endpoint)).toStrictEqual(["close 1001"]);
    expect(endpoint.connection.finished).toBe(true);
  });

  test("the peer's, in the middle of a frame: what waits still goes out, and nothing after it", () => {
    const endpoint = new Endpoint(role);
    const { connection } = endpoint;
    connection.sendText("waits");
    connection.receive(frame({ opcode: Opcode.Binary, payload: new Uint8Array(1000), key }).subarray(0, 500));
    connection.receiveEof();
    expect(connection.sendText("late")).toBe(false);
    connection.receive(close.slice());
    expect(framesSent(endpoint)).toStrictEqual(["text 7761697473"]);
    expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean']);
    expect([connection.finished, connection.aborted, connection.retained]).toStrictEqual([true, false, 0]);
  });

  test("the peer's, after our Close and without its own: 1006", () => {
    const endpoint = new Endpoint(role);
    endpoint.connection.close();
    endpoint.connection.receiveEof();
    expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean']);
    expect(framesSent(endpoint)).toStrictEqual(["close 1000"]);
    expect(endpoint.connection.nextDeadline()).toBeUndefined();
  });

  test("a server's: what the peer still says is passed over until its own end", () => {
    const endpoint = new Endpoint(role);
    const { connection } = endpoint;
    connection.receive(close.slice());
    expect(framesSent(endpoint)).toStrictEqual(["close 1001"]);
    expect(connection.finished).toBe(role === "server");
    connection.receive(frame({ opcode: Opcode.Text, payload: "late", key }));
    connection.receive(hex("ff ff"));
    expect(connection.takeBytes()).toBeUndefined();
    expect(endpoint.seen).toStrictEqual([]);
    connection.receiveEof();
    expect(connection.finished).toBe(true);
    expect(endpoint.seen).toStrictEqual(['close 1001 "" clean']);
  });

  test("the peer's, before the opening handshake is over, at every byte", () => {
    const client = () => new ClientOpening({ uri: "ws://example.com/", sha1 });
    const server = () => new ServerOpening({ sha1 });
    const { request } = client();
    const theirs = role === "client" ? server().receive(request)!.answer! : request;
    for (let length = 0; length < theirs.length; length++) {
      const endpoint = new Endpoint(role, {}, role === "client" ? client() : server());
      endpoint.take();
      endpoint.connection.receive(theirs.slice(0, length));
      endpoint.connection.receiveEof();
      expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean']);
      expect(endpoint.connection.takeBytes()).toBeUndefined();
    }
  });
});

describe.each(roles)("the peer of a %s is given up after closeTimeout", (role) => {
  const key = peerKey(role);
  const options = { closeTimeout: 100 };

  test("when it never answers our Close, whatever else it says until then", () => {
    const endpoint = new Endpoint(role, options);
    const { connection } = endpoint;
    connection.close();
    endpoint.take();
    endpoint.now = 99;
    connection.receive(frame({ opcode: Opcode.Text, payload: "a", key }));
    connection.receive(frame({ opcode: Opcode.Ping, key }));
    connection.handleTimeout(99);
    expect(connection.nextDeadline()).toBe(100);
    expect(connection.readyState).toBe(ReadyState.Closing);
    endpoint.expire();
    connection.receive(frame({ opcode: Opcode.Text, payload: "b", key }));
    expect(endpoint.seen).toStrictEqual(["text a", "ping ", 'close 1006 "" unclean']);
    expect([connection.readyState, connection.aborted]).toStrictEqual([ReadyState.Closed, true]);
    expect(connection.takeBytes()).toBeUndefined();
    expect(connection.nextDeadline()).toBeUndefined();
  });

  test("when it answers our Close and never ends the stream", () => {
    const endpoint = new Endpoint(role, options);
    endpoint.connection.close();
    endpoint.take();
    endpoint.connection.receive(frame({ opcode: Opcode.Close, payload: hex("03 e8"), key }));
    expect(endpoint.connection.nextDeadline()).toBe(100);
    endpoint.expire();
    expect(endpoint.connection.aborted).toBe(true);
    expect(endpoint.seen).toStrictEqual(['close 1000 "" clean']);
  });

  test("when it broke a rule and never ends the stream", () => {
    const endpoint = new Endpoint(role, options);
    endpoint.connection.receive(frame({ opcode: 0x3, key }));
    expect(framesSent(endpoint)).toStrictEqual(["close 1002"]);
    endpoint.now = 50;
    endpoint.connection.receive(frame({ opcode: Opcode.Close, payload: hex("03 e8"), key }));
    expect(endpoint.connection.nextDeadline()).toBe(100);
    endpoint.expire();
    expect(endpoint.connection.aborted).toBe(true);
    expect(endpoint.seen).toStrictEqual(['close 1006 "" unclean RESERVED_OPCODE']);
  });

  test("and that is five seconds by default", () => {
    const { connection } = new Endpoint(role);
    connection.close();
    expect(connection.nextDeadline()).toBe(5000);
  });
});
