// What every public entry refuses alike: a kernel that is none, memory past what positions can count.

import { runInNewContext, runInThisContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { upgradeRequest } from "../src/handshake/index.ts";
import {
  Connection,
  type ConnectionOptions,
  defaultKernel,
  FrameBatch,
  FrameDecoder,
  FrameEncoder,
  type Kernel,
  MessageDecoder,
  mask,
  PreparedFrame,
  parseHeader,
  ReadyState,
  RetainedBudget,
  ServerOpening,
  typescriptKernel,
  Utf8Validator,
} from "../src/index.ts";
import { Inspector } from "../src/inspect/index.ts";
import { describeMisuse } from "./misuse.ts";
import { wrong } from "./wrong.ts";

const server = new FrameEncoder({ role: "server" });
const handler = { onMessage: () => {}, onPing: () => {}, onPong: () => {}, onClose: () => {} };

test.each<[name: string, error: typeof TypeError | typeof RangeError, message: RegExp, call: () => unknown]>([
  ["a FrameEncoder without options", TypeError, /^role/, () => new FrameEncoder(wrong(undefined))],
  ["a FrameDecoder without options", TypeError, /^role/, () => new FrameDecoder(wrong(undefined))],
  ["a MessageDecoder without options", TypeError, /^role/, () => new MessageDecoder(wrong(undefined))],
  ["a role in quotes of its own", TypeError, /not "Server"/, () => new FrameDecoder({ role: wrong("Server") })],
  ["a limit that is a string", RangeError, /^maxFrameLength .* not "5"/, () => decoderWith({ maxFrameLength: "5" })],
  ["rsv that is a string", RangeError, /^rsv .* not "1"/, () => decoderWith({ rsv: "1" })],
  ["a FrameBatch without an encoder", TypeError, /^encoder/, () => new FrameBatch(wrong(undefined))],
  ["a FrameBatch of options", TypeError, /^encoder/, () => new FrameBatch(wrong({ role: "client" }))],
  ["a FrameBatch past 2^31 - 1", RangeError, /^capacity/, () => new FrameBatch(server, 2 ** 40)],
  ["a Utf8Validator of a name", TypeError, /^kernel/, () => new Utf8Validator(wrong("typescript"))],
  ["a prepared frame for a role", TypeError, /^encoder/, () => new PreparedFrame(1, "x").bytesFor(wrong("client"))],
  [
    "a masking key of four bytes",
    TypeError,
    /^key .* not a Uint8Array$/,
    () => mask(new Uint8Array(4), wrong(new Uint8Array(4))),
  ],
  ["a masking key of text", TypeError, /^key .* not a string$/, () => mask(new Uint8Array(4), wrong("key"))],
  ["no masking key", TypeError, /^key .* not undefined$/, () => mask(new Uint8Array(4), wrong(undefined))],
  ["a broken masking key", TypeError, /^key .* not 1.5$/, () => mask(new Uint8Array(4), 1.5)],
  [
    "a text as binary",
    TypeError,
    /^payload .* not a string/,
    () => new Connection({ role: "server" }).sendBinary(wrong("x")),
  ],
  [
    "a prepared frame's options of null",
    TypeError,
    /^options .* not null$/,
    () => new PreparedFrame(1, "x", wrong(null)),
  ],
  ["giving back what was not taken", RangeError, /^bytes/, () => new RetainedBudget(5).give(9)],
  ["taking no number", RangeError, /^bytes/, () => new RetainedBudget(5).take(wrong("x"))],
])("%s is refused by name", (_, error, message, call) => {
  expect(call).toThrow(error);
  expect(call).toThrow(message);
});

const settings: ConnectionOptions = { role: "client" };
const sha1 = (): Uint8Array => new Uint8Array(20);
const start = (start: unknown): Connection => new Connection(settings, handler, wrong(start));

describeMisuse([
  ["handleTimeout(now)", "now must be a number of milliseconds", (now) => start({}).handleTimeout(wrong(now)), [5]],
  ["Connection(,, start)", "start must be", start, [undefined, {}]],
  ["the subprotocol to start with", "protocol must be a string", (protocol) => start({ protocol }), [undefined, "x"]],
  ["the extension to start with", "extension must be an Extension", (extension) => start({ extension }), [undefined]],
  ["Inspector(options)", "options must be an object", (options) => new Inspector(wrong(options), () => {}), [{}]],
  ["sha1 of an Inspector", "sha1 must be a function", (sha1) => new Inspector(wrong({ sha1 }), () => {})],
  ["Inspector(, emit)", "emit must be a function", (emit) => new Inspector({ sha1 }, wrong(emit))],
  ["a check's answer", "check is synchronous and must return", answeredBy, [undefined]],
  ["a check's reason", "check: reason must be a string", (reason) => answeredBy({ status: 403, reason }), ["x"]],
  [
    "a check's status",
    "check: status must be an integer from 300 to 599",
    (status) => answeredBy({ status, reason: "x" }),
  ],
]);

/** What a server's connection does with what its `check` returns. */
function answeredBy(answer: unknown): unknown {
  const opening = new ServerOpening({ sha1, check: () => wrong(answer) });
  return opening.receive(upgradeRequest({ uri: "ws://a.example" }).bytes);
}

test.each([Number.NaN, Number.POSITIVE_INFINITY])("at %d, a healthy connection is not given up", (now) => {
  const connection = new Connection(settings, handler);
  expect(() => connection.handleTimeout(now)).toThrow(
    new TypeError(`now must be a number of milliseconds, not ${now}`),
  );
  expect(connection.readyState).toBe(ReadyState.Open);
});

test("a start that says something else is refused by what is to stand there", () => {
  const message = "start must be a ClientOpening, a ServerOpening or { protocol?, extension? }, and has foo";
  expect(() => start({ foo: 1 })).toThrow(new TypeError(message));
  expect(() => start({ foo: 1, protocol: "chat" })).not.toThrow();
});

const own = (): never => {
  throw new Error("the value's own error");
};
const traps = { get: own, getPrototypeOf: own, has: own, ownKeys: own, getOwnPropertyDescriptor: own, apply: own };
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

describe.each<[name: string, value: unknown, shown: string]>([
  ["a Proxy that throws at whatever is asked", new Proxy({}, traps), "an object"],
  ["a Proxy of bytes that throws", new Proxy(new Uint8Array(4), traps), "an object"],
  ["a Proxy of a function that throws", new Proxy(() => {}, traps), "a function"],
  ["a Proxy that was revoked", revoked, "an object"],
  [
    "an object whose constructor is a getter that throws",
    Object.defineProperty({}, "constructor", { get: own }),
    "an object",
  ],
  [
    "an object whose constructor's name throws",
    { constructor: Object.defineProperty({}, "name", { get: own }) },
    "an object",
  ],
  ["an object whose constructor's name is no string", { constructor: { name: Symbol("name") } }, "an object"],
  ["an object whose constructor's name is no primitive", { constructor: { name: { toString: own } } }, "an object"],
  ["an object that throws when it is to be a primitive", { [Symbol.toPrimitive]: own }, "an Object"],
  ["an object without a prototype", Object.create(null), "an object"],
  [
    "an object that says it is bytes",
    Object.defineProperty({}, Symbol.toStringTag, { value: "Uint8Array" }),
    "an Object",
  ],
  ["a Symbol", Symbol("one"), "a symbol"],
  ["a BigInt", 5n, "a bigint"],
])("%s", (_, value, shown) => {
  const encoder = new FrameEncoder({ role: "client" });
  const decoder = new FrameDecoder({ role: "server" });

  test.each<[name: string, error: typeof TypeError | typeof RangeError, message: string, call: () => unknown]>([
    ["a role", TypeError, 'role must be "client" or "server"', () => new FrameEncoder({ role: wrong(value) })],
    [
      "a limit",
      RangeError,
      "maxFrameLength must be an integer from 0 to 2^53 - 1",
      () => decoderWith({ maxFrameLength: value }),
    ],
    ["an opcode", RangeError, "opcode must be one of Opcode", () => encoder.encode(wrong(value), "x")],
    ["fin", TypeError, "fin must be a boolean", () => encoder.text("x", { fin: wrong(value) })],
    ["a payload", TypeError, "payload must be a string or a Uint8Array", () => encoder.text(wrong(value))],
    ["bytes", TypeError, "payload must be a Uint8Array", () => encoder.binary(wrong(value))],
    ["a reason", TypeError, "reason must be a string", () => encoder.close(1000, wrong(value))],
    ["a target", TypeError, "target must be a Uint8Array", () => encoder.encodeInto(wrong(value), 0, 1, "x")],
    ["a chunk", TypeError, "chunk must be a Uint8Array", () => decoder.decode(wrong(value), { onFrame: () => {} })],
    ["bytes to mask", TypeError, "bytes must be a Uint8Array", () => mask(wrong(value), 1)],
    ["a header", TypeError, "bytes must be a Uint8Array", () => parseHeader(wrong(value))],
  ])("is refused as %s by what it is", (_, error, message, call) => {
    expect(call).toThrow(new error(`${message}, not ${shown}`));
  });
});

// Each with what makes bytes of it: also where it is of another realm.
test.each<[value: string, hint: string]>([
  ["'text'", "not a string: new TextEncoder().encode(text) makes bytes of it"],
  ["new ArrayBuffer(4)", "not an ArrayBuffer: pass new Uint8Array(buffer)"],
  [
    "new DataView(new ArrayBuffer(4))",
    "not a DataView: pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)",
  ],
  [
    "new Uint8ClampedArray(4)",
    "not a Uint8ClampedArray: pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)",
  ],
  [
    "Object.defineProperty(new Float64Array(4), Symbol.toStringTag, { value: 'Uint8Array' })",
    "not a Float64Array: pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength)",
  ],
  ["[1, 2, 3]", "not an Array"],
  ["new SharedArrayBuffer(4)", "not a SharedArrayBuffer"],
])("%s is no bytes, with what to do", (code, hint) => {
  for (const value of [runInThisContext(code), runInNewContext(code)]) {
    expect(() => mask(value, 1)).toThrow(new TypeError(`bytes must be a Uint8Array, ${hint}`));
  }
});

function decoderWith(options: object): FrameDecoder {
  return new FrameDecoder({ role: "server", ...options });
}

// Else a plain server would fall over at a stranger's first Ping.
test.each(["onMessage", "onPing", "onPong", "onClose"])("a handler without %s is a TypeError at once", (method) => {
  const decoder = new MessageDecoder({ role: "client" });
  const decode = () => decoder.decode(Uint8Array.of(0x81, 0), { ...handler, [method]: undefined });
  expect(decode).toThrow(TypeError);
  expect(decode).toThrow(new RegExp(`^handler must have the method ${method}$`));
});

test("a receive buffer that was released takes nothing more", () => {
  const buffer = defaultKernel().kernel.acquireReceiveBuffer();
  buffer.release();
  expect(() => buffer.received(1)).toThrow(TypeError);
  expect(() => buffer.received(1)).toThrow(/released/);
});

describe.each([
  ["its name", "typescript", "a string"],
  ["what defaultKernel() returns", defaultKernel(), "an Object"],
  ["null", null, "null"],
])("a kernel that is %s", (_, kernel, shown) => {
  test.each([
    ["FrameDecoder", (kernel: Kernel) => new FrameDecoder({ role: "server", kernel })],
    ["FrameEncoder", (kernel: Kernel) => new FrameEncoder({ role: "client", kernel })],
    ["MessageDecoder", (kernel: Kernel) => new MessageDecoder({ role: "server", kernel })],
  ])("is a TypeError of %s", (_, make) => {
    expect(() => make(kernel as unknown as Kernel)).toThrow(TypeError);
    expect(() => make(kernel as unknown as Kernel)).toThrow(new RegExp(`^kernel must be .*, not ${shown}$`));
  });
});

test("a budget that is a number is a TypeError", () => {
  const make = () => new MessageDecoder({ role: "server", budget: 1000 as unknown as RetainedBudget });
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/^budget/);
});

test("a MessageDecoder tells the kernel it runs on", () => {
  expect(new MessageDecoder({ role: "server", kernel: typescriptKernel }).kernel).toBe(typescriptKernel);
  expect(new MessageDecoder({ role: "server" }).kernel).toBe(defaultKernel().kernel);
});

test("2^31 bytes at once are a RangeError, before any of them is touched", () => {
  const bytes = new Uint8Array(2 ** 31);
  const decoder = new FrameDecoder({ role: "server" });
  expect(() => decoder.decode(bytes, { onFrame: () => {} })).toThrow(RangeError);
  expect(() => decoder.decode(bytes, { onFrame: () => {} })).toThrow(/^chunk/);
  expect(() => mask(bytes, 1)).toThrow(RangeError);
  expect(() => mask(bytes, 1)).toThrow(/^bytes/);
});
