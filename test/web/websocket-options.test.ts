import { expect, it } from "vitest";
import { permessageDeflate } from "../../src/extension/index.ts";
import { pakoBackend } from "../../src/extension/pako.ts";
import { notingAnswer, readOptions } from "../../src/web/websocket-options.ts";

it("an object that cannot be iterated over has options, and anything else is subprotocols", () => {
  const options = { base: "ws://a/", protocols: "chat" };
  expect(readOptions(options)).toBe(options);
  for (const protocols of [undefined, null, "chat", ["chat"], new Set(["chat"]), 5]) {
    expect(readOptions(protocols)).toEqual({ protocols });
  }
});

it("the answer to an extension is noted as the server has said it, and judged by the extension itself", () => {
  const notes: string[] = [];
  const deflate = permessageDeflate({ backend: pakoBackend });
  const noting = notingAnswer(deflate, (answer) => notes.push(answer)) ?? expect.unreachable();
  expect([noting.token, noting.offers()]).toEqual([deflate.token, deflate.offers()]);
  const parameters = [
    ["server_no_context_takeover", undefined],
    ["client_max_window_bits", "10"],
  ] as const;
  expect(noting.accept({ token: "permessage-deflate", parameters }).ok).toBe(true);
  expect(notes).toEqual(["permessage-deflate; server_no_context_takeover; client_max_window_bits=10"]);
  expect(noting.accept({ token: "permessage-deflate", parameters: [["unknown", undefined]] }).ok).toBe(false);
  expect(noting.answer(deflate.offers())?.answer).toEqual(deflate.answer(deflate.offers())?.answer);
});

it("what is no extension is handed on as it is", () => {
  for (const none of [undefined, null, {}, "permessage-deflate"]) {
    expect(notingAnswer(none as undefined, () => expect.unreachable())).toBe(none);
  }
});
