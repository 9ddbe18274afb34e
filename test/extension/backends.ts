// What the tests of the extension share: both backends, handshakes of our own two ends, and sinks.

import { describe, expect, test } from "vitest";
import { type DeflateBackend, type PermessageDeflateOptions, permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { zlibBackend } from "../../src/extension/zlib.ts";
import type { DecodedSink, Extension, ExtensionElement, Role } from "../../src/index.ts";
import { join } from "../../src/message/join.ts";

/** Runs `tests` on both backends. */
export function onBothBackends(tests: (backend: DeflateBackend) => void): void {
  describe.each([
    { name: "pako", backend: pakoBackend },
    { name: "zlib", backend: zlibBackend },
  ])("on $name", ({ name, backend }) => {
    test("is the backend it names", () => expect(backend.name).toBe(name));
    tests(backend);
  });
}

export type Options = Omit<PermessageDeflateOptions, "backend">;

/** An element as a header's line has it: `permessage-deflate; client_max_window_bits=10`. */
export function element(line: string): ExtensionElement {
  const [token, ...parameters] = line.split(";").map((part) => part.trim());
  return {
    token,
    parameters: parameters.map((parameter) => {
      const [name, value] = parameter.split("=");
      return [name, value];
    }),
  };
}

/** The line of an element. */
export function line({ token, parameters }: ExtensionElement): string {
  return [token, ...parameters.map(([name, value]) => (value === undefined ? name : `${name}=${value}`))].join("; ");
}

/** Both ends of a connection, after a handshake between them. */
export function agree(backend: DeflateBackend, options: Options = {}, clients: Options = options) {
  const negotiable = permessageDeflate({ backend, ...clients });
  const answered = permessageDeflate({ backend, ...options }).answer(negotiable.offers());
  if (answered === undefined) return expect.unreachable("the offer was declined");
  const accepted = negotiable.accept(answered.answer);
  if (!accepted.ok) return expect.unreachable(accepted.reason);
  return { server: answered.extension, client: accepted.extension, answer: line(answered.answer) };
}

/** One end whose peer may do all that the RFC allows. */
export function extensionFor(backend: DeflateBackend, role: Role, options: Options = {}): Extension {
  return agree(backend, options)[role];
}

/** A backend that counts how often its inflaters are reset and primed. */
export function countingRestarts(backend: DeflateBackend) {
  const done = { resets: 0, primes: 0 };
  const counted: DeflateBackend = {
    ...backend,
    createInflater(windowBits) {
      const inflater = backend.createInflater(windowBits);
      return {
        inflate: (input, sink) => inflater.inflate(input, sink),
        close: () => inflater.close(),
        reset() {
          done.resets++;
          inflater.reset();
        },
        prime(window) {
          done.primes++;
          inflater.prime(window);
        },
      };
    },
  };
  return { done, counted };
}

/** Takes up to `limit` bytes, as a message within a limit does. */
export class Taken implements DecodedSink {
  readonly pieces: Uint8Array[] = [];
  length = 0;
  readonly #limit: number;

  constructor(limit: number = Number.MAX_SAFE_INTEGER) {
    this.#limit = limit;
  }

  get room(): number {
    return this.#limit - this.length;
  }

  take(decoded: Uint8Array): void {
    this.pieces.push(decoded.slice());
    this.length += decoded.length;
    if (this.room < 0) throw new RangeError("too much");
  }

  get bytes(): Uint8Array {
    return join(this.pieces); // there may be more of them than a call has room for arguments
  }
}

/** Decodes one message, whole or in pieces of `size`. */
export function decodeWhole(extension: Extension, payload: Uint8Array, size: number = payload.length): Uint8Array {
  const taken = new Taken();
  let at = 0;
  do {
    const end = Math.min(payload.length, at + Math.max(1, size));
    const valid = extension.decode(payload.slice(at, end), end === payload.length, taken);
    if (!valid) throw new Error("invalid");
    at = end;
  } while (at < payload.length);
  return taken.bytes;
}

/** Text that compresses about as well as what is sent: `length` bytes, each different from the others of its `seed`. */
export function prose(length: number, seed = 0): Uint8Array {
  let text = "";
  for (let n = seed; text.length < length; n++) {
    text += `{"id":${n * 7919},"name":"user ${(n * 31) % 97}","seen":${(n * 104_729) % 1_000_003}},`;
  }
  return new TextEncoder().encode(text.slice(0, length));
}

/** Bytes that do not compress. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
