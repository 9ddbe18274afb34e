import { describe, expect, it } from "vitest";
import { type Contestant, createPeer, createSubject, verify } from "../../../bench/deflate/contestants.ts";
import { createMessages } from "../../../bench/deflate/messages.ts";
import { variantsOf } from "../../../bench/plan.ts";

describe.each(variantsOf("deflate"))("%s", (variant) => {
  it.each([1024, 65_536])("is done right, again and again, with messages of %i bytes", async (bytes) => {
    const messages = await createMessages("json", bytes);
    for (const contestant of [createSubject("wasm-simd", variant, messages), createPeer("ws", variant, messages)]) {
      for (let round = 0; round < 3; round++) await verify(contestant, variant, messages);
    }
  });

  it("fails its verification when a byte is wrong, or a message missing", async () => {
    const messages = await createMessages("json", 1024);
    const { run } = createSubject("wasm-simd", variant, messages);
    const change = (by: (results: Uint8Array[]) => unknown): Contestant => ({
      name: "broken",
      async run(take) {
        const results: Uint8Array[] = [];
        await run((result) => void results.push(result));
        by(results);
        for (const result of results) take(result);
      },
    });
    const middle = (results: Uint8Array[]): Uint8Array => results[results.length >> 1];
    await expect(
      verify(
        change((results) => middle(results).fill(7, 20, 21)),
        variant,
        messages,
      ),
    ).rejects.toThrow("broken");
    await expect(
      verify(
        change((results) => results.pop()),
        variant,
        messages,
      ),
    ).rejects.toThrow("broken");
  });
});

describe("the messages", () => {
  it("are JSON of which little is left, less where they have a context", async () => {
    const { plain, compressed } = await createMessages("json", 1024);
    expect(new Set(plain.map(String)).size).toBe(plain.length);
    for (const message of plain) expect(JSON.parse(message.toString()).length).toBeGreaterThan(5);
    const [first, ...others] = compressed.map(({ length }) => length);
    expect(first).toBeLessThan(700);
    expect(Math.max(...others)).toBeLessThan(first);
  });
});
