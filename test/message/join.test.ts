import { expect, test } from "vitest";
import { join } from "../../src/message/join.ts";

test("join puts pieces one behind the other, in memory of its own", () => {
  const pieces = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
  expect(join(pieces)).toStrictEqual(Uint8Array.of(1, 2, 3));
  expect(join([])).toStrictEqual(new Uint8Array(0));
  const alone = join([pieces[0]]);
  pieces[0][0] = 9;
  expect(alone).toStrictEqual(Uint8Array.of(1, 2));
});
