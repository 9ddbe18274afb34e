import { describe, expect, test } from "vitest";
import { Closing } from "../../src/connection/closing.ts";
import { ProtocolError } from "../../src/index.ts";

const NOTHING = { code: 1006, reason: "", clean: false, error: undefined, refused: undefined };

describe("an end", () => {
  test("of which nothing is known is abnormal (§7.1.5), and what comes is still looked at", () => {
    const closing = new Closing();
    expect(closing.closure).toStrictEqual(NOTHING);
    expect([closing.deaf, closing.refused]).toStrictEqual([false, false]);
  });

  test("is clean once a Close went both ways (§7.1.4)", () => {
    const closing = new Closing();
    closing.received = { code: 1000, reason: "bye" };
    expect(closing.deaf).toBe(true);
    expect(closing.closure).toStrictEqual({ ...NOTHING, code: 1000, reason: "bye" });
    closing.sent = true;
    expect(closing.closure).toStrictEqual({ ...NOTHING, code: 1000, reason: "bye", clean: true });
  });

  test("by a failure tells the violation, if there was one", () => {
    const error = new ProtocolError("INVALID_UTF8", 7);
    for (const violation of [error, undefined]) {
      const closing = new Closing();
      closing.fail(violation);
      expect(closing.deaf).toBe(true);
      expect(closing.closure).toStrictEqual({ ...NOTHING, error: violation });
    }
  });

  test("before the beginning tells why there is no WebSocket", () => {
    const closing = new Closing();
    const refused = { status: 401, headers: [], reason: "who?" };
    closing.refuse(refused);
    expect([closing.deaf, closing.refused]).toStrictEqual([true, true]);
    expect(closing.closure).toStrictEqual({ ...NOTHING, refused });
  });
});
