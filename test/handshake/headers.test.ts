import { describe, expect, it } from "vitest";
import { collectFields, headerLines, isSame, isToken, splitList } from "../../src/handshake/headers.ts";

describe("collectFields", () => {
  it("joins names without regard to case and keeps each line", () => {
    const fields = collectFields([
      ["Upgrade", "a"],
      ["UPGRADE", " b\t"],
      ["Host", "h"],
    ]);
    expect(fields).toEqual(
      new Map([
        ["upgrade", ["a", "b"]],
        ["host", ["h"]],
      ]),
    );
  });

  it("reads a record, a record of lists, a WHATWG Headers and pairs alike", () => {
    const expected = new Map([
      ["host", ["example.com"]],
      ["upgrade", ["websocket"]],
    ]);
    const record = { Host: "example.com", Upgrade: "websocket", Cookie: undefined };
    expect(collectFields(record)).toEqual(expected);
    expect(collectFields({ host: ["example.com"], upgrade: ["websocket"], cookie: [] })).toEqual(expected);
    expect(collectFields(new Headers({ Host: "example.com", Upgrade: "websocket" }))).toEqual(expected);
    expect(collectFields(new Map(Object.entries({ Host: "example.com", Upgrade: "websocket" })))).toEqual(expected);
  });

  it("takes no name of Object.prototype for a field", () => {
    expect(collectFields({}).get("constructor")).toBeUndefined();
    expect(collectFields([["__proto__", "x"]]).get("__proto__")).toEqual(["x"]);
  });

  it("drops spaces and tabs around a value, and no line break", () => {
    expect([...headerLines([["a", " \t b c\t "]])]).toEqual([["a", "b c"]]);
    expect([...headerLines([["a", "b\r\n"]])]).toEqual([["a", "b\r\n"]]);
    expect([...headerLines([["a", "\u00a0b"]])]).toEqual([["a", "\u00a0b"]]);
  });
});

describe("splitList", () => {
  it.each([
    [["a"], ["a"]],
    [
      ["a,b", "c"],
      ["a", "b", "c"],
    ],
    [["a , \tb\t,c"], ["a", "b", "c"]],
    [[",a,, ,b,"], ["a", "b"]],
    [[" ", ""], []],
    [["a b"], ["a b"]],
  ])("%j is %j", (lines, elements) => {
    expect(splitList(lines)).toEqual(elements);
  });
});

describe("isToken", () => {
  it("takes exactly the characters of RFC 9110 §5.6.2", () => {
    const allowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (let unit = 0; unit < 0x180; unit++) {
      const character = String.fromCharCode(unit);
      expect(isToken(character), `U+${unit.toString(16)}`).toBe(allowed.includes(character));
      expect(isToken(`a${character}`), `a, U+${unit.toString(16)}`).toBe(allowed.includes(character));
    }
    expect(isToken("")).toBe(false);
  });
});

describe("isSame", () => {
  it("passes over the case of ASCII letters, and no look-alike", () => {
    expect(["websocket", "WEBSOCKET", "WebSocket"].every((value) => isSame(value, "websocket"))).toBe(true);
    // The Kelvin sign is a k in lower case; the long s is an s in upper case.
    const others = [undefined, "", "web socket", "websockets", "webSoc\u212aet", "web\u017focket", "websocket\0"];
    expect(others.some((value) => isSame(value, "websocket"))).toBe(false);
  });
});
