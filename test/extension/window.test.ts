import { describe, expect, test } from "vitest";
import { Window } from "../../src/extension/window.ts";
import { concat, pattern } from "../wire.ts";

describe.each([8, 9, 15])("a window of %d bits", (bits) => {
  const size = 2 ** bits;

  test.each([
    [[0]],
    [[1]],
    [[size]],
    [[size - 1, 1]],
    [[size - 1, 2]],
    [[size + 1]],
    [[3 * size + 7, 5]],
    [[size, size, 1]],
    [[100, size]],
    [[1, size - 1, size - 1, 2]],
    [Array.from({ length: 200 }, (_, n) => n * 5)],
  ])("has the last bytes of what was pushed in parts of %j", (lengths) => {
    const window = new Window(bits);
    let all = new Uint8Array(0);
    for (const length of lengths) {
      const part = pattern(all.length + length).subarray(all.length);
      window.push(part);
      all = concat(all, part) as Uint8Array<ArrayBuffer>;
      expect(window.length).toBe(Math.min(size, all.length));
      expect(window.toBytes()).toEqual(all.subarray(Math.max(0, all.length - size)));
    }
    window.clear();
    expect([window.length, window.toBytes().length]).toEqual([0, 0]);
    window.push(pattern(3));
    expect(window.toBytes()).toEqual(pattern(3));
  });

  test("takes memory for what has come, up to its size", () => {
    const window = new Window(bits);
    window.push(pattern(100));
    expect(window.toBytes().buffer.byteLength).toBe(256);
    for (let n = 0; n < 100; n++) window.push(pattern(1000));
    expect(window.toBytes().buffer.byteLength).toBe(size);
  });
});
