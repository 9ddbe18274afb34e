import { describe, expect, it } from "vitest";
import { Opcode } from "../../src/index.ts";
import { checkCode, checkProtocols, checkReason, readMessage, resolveUrl } from "../../src/web/websocket-arguments.ts";

/** The name of the DOMException that `action` throws. */
function exception(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DOMException);
    return (error as DOMException).name;
  }
  return "none";
}

describe("resolveUrl", () => {
  it.each([
    ["/chat?room=1", "https://a.example/page#here", "wss://a.example/chat?room=1"],
    ["chat", "http://a.example:8080/b/c", "ws://a.example:8080/b/chat"],
    ["//b.example/", "https://a.example/", "wss://b.example/"],
    ["", "wss://a.example/b", "wss://a.example/b"],
    ["ws://b.example", "https://a.example/", "ws://b.example/"],
    [new URL("http://[::1]:81/"), undefined, "ws://[::1]:81/"],
  ])("%s against %s is %s", (address, base, url) => {
    expect(resolveUrl(address, base).href).toBe(url);
  });

  it.each([
    ["/chat", undefined],
    ["/chat", "about:blank"],
    ["chat", "no URL"],
    ["#fragment", "https://a.example/"],
    ["#", "https://a.example/"],
    ["file:///a", undefined],
    ["ws://a b/", undefined],
  ])("%s against %s is a SyntaxError", (address, base) => {
    expect(exception(() => resolveUrl(address, base))).toBe("SyntaxError");
  });

  it("a symbol is no string", () => {
    expect(() => resolveUrl(Symbol("a"), undefined)).toThrow(TypeError);
  });
});

describe("checkProtocols", () => {
  it("takes a string, and whatever can be iterated over", () => {
    expect(checkProtocols(undefined)).toEqual([]);
    expect(checkProtocols([])).toEqual([]);
    expect(checkProtocols("chat")).toEqual(["chat"]);
    expect(checkProtocols(new Set(["a", 1]))).toEqual(["a", "1"]);
    // Web IDL: not absent, and a string.
    expect(checkProtocols(null)).toEqual(["null"]);
  });

  it.each(["", " ", "a/b", "a\u0000", ["a", "A"], ["é"], [["a,b"]], {}])("refuses %j", (protocols) => {
    expect(exception(() => checkProtocols(protocols))).toBe("SyntaxError");
  });
});

describe("checkCode and checkReason", () => {
  it.each([
    [1000.5, 1000],
    [999.5, 1000],
    [2999.6, 3000],
    [4999.5, undefined],
    [4998.5, 4998],
    [1001, undefined],
    ["1000", 1000],
    [{ valueOf: () => 3000 }, 3000],
    [true, undefined],
  ])("the code %s is %s", (code, number) => {
    if (number === undefined) expect(exception(() => checkCode(code))).toBe("InvalidAccessError");
    else expect(checkCode(code)).toBe(number);
  });

  it("the code is left out by undefined alone, and a bigint is none", () => {
    expect(checkCode(undefined)).toBe(undefined);
    expect(exception(() => checkCode(null))).toBe("InvalidAccessError");
    expect(() => checkCode(1000n)).toThrow(TypeError);
  });

  it("the reason has up to 123 bytes", () => {
    expect(checkReason(undefined)).toBe("");
    expect(checkReason(null)).toBe("null");
    expect(checkReason("é".repeat(61))).toBe("é".repeat(61));
    expect(exception(() => checkReason("é".repeat(62)))).toBe("SyntaxError");
    // A lone surrogate has three bytes once it is replaced.
    expect(exception(() => checkReason("\ud800".repeat(42)))).toBe("SyntaxError");
  });
});

describe("readMessage", () => {
  const text = (data: unknown): string => {
    const { opcode, payload } = readMessage(data);
    expect(opcode).toBe(Opcode.Text);
    return new TextDecoder().decode(payload as Uint8Array);
  };
  const bytes = (data: unknown): number[] => {
    const { opcode, payload } = readMessage(data);
    expect(opcode).toBe(Opcode.Binary);
    return [...(payload as Uint8Array)];
  };

  it("takes strings, and whatever else there is as one", () => {
    expect(text("a\udc00")).toBe("a\ufffd");
    expect(text(new URL("ws://a/"))).toBe("ws://a/");
    expect(text(new SharedArrayBuffer(1))).toBe("[object SharedArrayBuffer]");
    expect(() => readMessage(Symbol("a"))).toThrow(TypeError);
    expect(() => readMessage(Object.create(null))).toThrow(TypeError);
  });

  it("takes buffers and views, of this realm and of others, without a copy", () => {
    const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
    expect(bytes(buffer)).toEqual([1, 2, 3, 4]);
    expect(bytes(new DataView(buffer, 1, 2))).toEqual([2, 3]);
    expect((readMessage(buffer).payload as Uint8Array).buffer).toBe(buffer);
    expect(() => readMessage(new Uint8Array(new SharedArrayBuffer(1)))).toThrow(TypeError);
  });

  it("takes what was detached as empty", () => {
    const view = new Uint8Array(3);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    expect([bytes(view), bytes(view.buffer)]).toEqual([[], []]);
  });

  it("takes a Blob as it is", () => {
    const blob = new Blob(["a"]);
    expect(readMessage(blob)).toEqual({ opcode: Opcode.Binary, payload: blob });
  });
});
