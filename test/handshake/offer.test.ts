import { expect, it } from "vitest";
import { selectProtocol } from "../../src/handshake/offer.ts";

it.each<[string[], string[], string | undefined]>([
  [["chat", "soap"], ["soap", "chat"], "chat"],
  [["chat", "soap"], ["soap"], "soap"],
  [["chat"], ["Chat"], undefined],
  [["chat"], [], undefined],
  [[], ["chat"], undefined],
])("of %j on offer and %j supported, %j is spoken: the client's order decides", (offered, supported, protocol) => {
  expect(selectProtocol(offered, supported)).toBe(protocol);
});
