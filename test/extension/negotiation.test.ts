// RFC 7692 §7.1: what is offered, what is answered, what is declined, and what fails the connection.

import { describe, expect, test } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend as backend } from "../../src/extension/pako.ts";
import { swept } from "../sweep.ts";
import { agree, decodeWhole, element, line, type Options, prose } from "./backends.ts";

function answerTo(offers: readonly string[], options: Options = {}): string | undefined {
  const answered = permessageDeflate({ backend, ...options }).answer(offers.map(element));
  return answered && line(answered.answer);
}

function reasonFor(answer: string, options: Options = {}): string {
  const accepted = permessageDeflate({ backend, ...options }).accept(element(answer));
  return accepted.ok ? "" : accepted.reason;
}

const NAME = "permessage-deflate";

describe("a client offers", () => {
  test.each<[options: Options, offer: string]>([
    [{}, `${NAME}; client_max_window_bits`],
    [{ serverNoContextTakeover: true }, `${NAME}; server_no_context_takeover; client_max_window_bits`],
    [{ clientNoContextTakeover: true }, `${NAME}; client_no_context_takeover; client_max_window_bits`],
    [{ serverMaxWindowBits: 8 }, `${NAME}; server_max_window_bits=8; client_max_window_bits`],
    [{ clientMaxWindowBits: 10 }, `${NAME}; client_max_window_bits=10`],
    [{ serverMaxWindowBits: 15, clientMaxWindowBits: 15 }, `${NAME}; client_max_window_bits`],
  ])("%j: %s", (options, offer) => {
    expect(
      permessageDeflate({ backend, ...options })
        .offers()
        .map(line),
    ).toEqual([offer]);
  });
});

describe("a server answers", () => {
  test.each<[offer: string, options: Options, answer: string]>([
    [NAME, {}, NAME],
    [`${NAME}; client_max_window_bits`, {}, NAME],
    [`${NAME}; server_no_context_takeover`, {}, `${NAME}; server_no_context_takeover`],
    [`${NAME}; client_no_context_takeover`, {}, `${NAME}; client_no_context_takeover`],
    [NAME, { serverNoContextTakeover: true }, `${NAME}; server_no_context_takeover`],
    [NAME, { clientNoContextTakeover: true }, `${NAME}; client_no_context_takeover`],
    [`${NAME}; server_max_window_bits=15`, {}, `${NAME}; server_max_window_bits=15`],
    [`${NAME}; server_max_window_bits=9`, {}, `${NAME}; server_max_window_bits=9`],
    [`${NAME}; server_max_window_bits=12`, { serverMaxWindowBits: 10 }, `${NAME}; server_max_window_bits=10`],
    [`${NAME}; server_max_window_bits=10`, { serverMaxWindowBits: 12 }, `${NAME}; server_max_window_bits=10`],
    [NAME, { serverMaxWindowBits: 12 }, `${NAME}; server_max_window_bits=12`],
    [`${NAME}; client_max_window_bits=8`, {}, `${NAME}; client_max_window_bits=8`],
    [`${NAME}; client_max_window_bits=15`, {}, `${NAME}; client_max_window_bits=15`],
    [`${NAME}; client_max_window_bits=12`, { clientMaxWindowBits: 10 }, `${NAME}; client_max_window_bits=10`],
    [`${NAME}; client_max_window_bits=10`, { clientMaxWindowBits: 12 }, `${NAME}; client_max_window_bits=10`],
    [`${NAME}; client_max_window_bits`, { clientMaxWindowBits: 8 }, `${NAME}; client_max_window_bits=8`],
    [
      `${NAME}; client_max_window_bits=11; server_max_window_bits=12; server_no_context_takeover; client_no_context_takeover`,
      {},
      `${NAME}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=11`,
    ],
  ])("%s with %j: %s", (offer, options, answer) => {
    expect(answerTo([offer], options)).toBe(answer);
  });
});

const BROKEN = [
  "server_no_context_takeover; server_no_context_takeover",
  "client_no_context_takeover; client_no_context_takeover",
  "server_max_window_bits=10; server_max_window_bits=10",
  "client_max_window_bits=10; client_max_window_bits=11",
  "client_max_window_bits; client_max_window_bits=11",
  "server_no_context_takeover=true",
  "client_no_context_takeover=1",
  "client_no_context_takeover=",
  "server_max_window_bits",
  ...["", "7", "16", "08", "010", "1", "20", "100", "1e1", "+9", "9 9", "ten"].flatMap((value) => [
    `server_max_window_bits=${value}`,
    `client_max_window_bits=${value}`,
  ]),
  "unknown",
  "Server_No_Context_Takeover",
  "mux=1",
  "toString",
  "__proto__",
];

describe.each(BROKEN)("%s", (parameters) => {
  test("is declined, and the next offer is taken", () => {
    expect(answerTo([`${NAME}; ${parameters}`])).toBeUndefined();
    expect(answerTo([`${NAME}; ${parameters}`, `${NAME}; client_no_context_takeover`])).toBe(
      `${NAME}; client_no_context_takeover`,
    );
  });

  test("in an answer fails the connection", () => {
    expect(reasonFor(`${NAME}; ${parameters}`)).toMatch(/^permessage-deflate: /);
  });
});

describe("a server declines", () => {
  test.each<[reason: string, offers: string[], options: Options]>([
    ["nothing at all", [], {}],
    ["other extensions", ["x-webkit-deflate-frame", "permessage-deflate2", "Permessage-Deflate"], {}],
    ["what would have it compress with 8 bits", [`${NAME}; server_max_window_bits=8`], {}],
    ["a client that cannot be told its window", [NAME], { clientMaxWindowBits: 14 }],
    ["everything, when it may compress with 8 bits at most", [NAME], { serverMaxWindowBits: 8 }],
  ])("%s", (_, offers, options) => {
    expect(answerTo(offers, options)).toBeUndefined();
  });

  test("but takes the first offer that it can", () => {
    const offers = [
      "mux",
      `${NAME}; server_max_window_bits=8`,
      `${NAME}; nonsense`,
      `${NAME}; server_max_window_bits=10`,
      NAME,
    ];
    expect(answerTo(offers)).toBe(`${NAME}; server_max_window_bits=10`);
  });
});

describe("a client", () => {
  test.each<[answer: string, options: Options]>([
    [NAME, {}],
    [`${NAME}; server_no_context_takeover; client_no_context_takeover`, {}],
    [`${NAME}; server_max_window_bits=8; client_max_window_bits=8`, {}],
    [`${NAME}; server_max_window_bits=9`, { serverMaxWindowBits: 9 }],
    [`${NAME}; server_max_window_bits=8`, { serverMaxWindowBits: 9 }],
    [`${NAME}; client_max_window_bits=9`, { clientMaxWindowBits: 10 }],
    [NAME, { clientMaxWindowBits: 10, clientNoContextTakeover: true }],
  ])("accepts %s with %j", (answer, options) => {
    expect(reasonFor(answer, options)).toBe("");
  });

  test.each<[answer: string, options: Options, reason: RegExp]>([
    ["permessage-bzip2", {}, /not offered/],
    [NAME, { serverNoContextTakeover: true }, /server_no_context_takeover is missing/],
    [NAME, { serverMaxWindowBits: 10 }, /server_max_window_bits .* missing/],
    [`${NAME}; server_max_window_bits=11`, { serverMaxWindowBits: 10 }, /server_max_window_bits is more/],
    [`${NAME}; client_max_window_bits=11`, { clientMaxWindowBits: 10 }, /client_max_window_bits is more/],
    [`${NAME}; client_max_window_bits`, {}, /client_max_window_bits is not a number/],
  ])("fails on %s with %j", (answer, options, reason) => {
    expect(reasonFor(answer, options)).toMatch(reason);
  });
});

describe("what was agreed on is what happens", () => {
  test("a client that offers to do without takeover does, whatever the answer says", () => {
    const client = permessageDeflate({ backend, clientNoContextTakeover: true, threshold: 0 });
    const accepted = client.accept(element(NAME));
    if (!accepted.ok) return expect.unreachable(accepted.reason);
    const [first, second] = [1, 2].map(() => accepted.extension.encode(prose(500), true).payload);
    expect(second).toEqual(first);
  });

  const flags = [false, true];
  const bits = [9, 12, 15];
  const options = flags.flatMap((serverNoContextTakeover) =>
    flags.flatMap((clientNoContextTakeover) =>
      bits.flatMap((serverMaxWindowBits) =>
        bits.map((clientMaxWindowBits) => ({
          serverNoContextTakeover,
          clientNoContextTakeover,
          serverMaxWindowBits,
          clientMaxWindowBits,
        })),
      ),
    ),
  );

  test.each(options)("%j", (all) => {
    for (const [servers, clients] of swept([
      [all, {}],
      [{}, all],
      [all, all],
    ])) {
      const { server, client } = agree(backend, { threshold: 0, ...servers }, { threshold: 0, ...clients });
      for (const [from, to, alone] of [
        [client, server, all.clientNoContextTakeover],
        [server, client, all.serverNoContextTakeover],
      ] as const) {
        // zlib refers back by 262 less than the window has.
        const message = prose(200);
        const sizes = [0, 1, 2].map(() => {
          const { payload, rsv } = from.encode(message, true);
          expect(rsv).toBe(4);
          expect(decodeWhole(to, payload, 7)).toEqual(message);
          return payload.length;
        });
        if (alone) expect(sizes[1]).toBe(sizes[0]);
        else expect(sizes[1]).toBeLessThan(sizes[0] / 2);
        // Pieces of a byte: what lies beyond the window that the peer has is out of reach.
        const long = prose(40_000);
        expect(decodeWhole(to, from.encode(long, true).payload, 1)).toEqual(long);
      }
    }
  });
});
