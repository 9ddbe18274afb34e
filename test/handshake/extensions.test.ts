import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExtensions, parseExtensions } from "../../src/handshake/extensions.ts";
import type { ExtensionElement } from "../../src/protocol/extension-element.ts";
import { timeRatio } from "./linear.ts";

type Parameters = [name: string, value: string | undefined][];

function element(token: string, parameters: Parameters = []): ExtensionElement {
  return { token, parameters };
}

const DEFLATE = "permessage-deflate";

describe("parseExtensions", () => {
  it.each<[string, string[], ExtensionElement[]]>([
    ["no header", [], []],
    ["one extension", ["foo"], [element("foo")]],
    // §9.1: these two are equivalent.
    ["two lines", ["foo", "bar; baz=2"], [element("foo"), element("bar", [["baz", "2"]])]],
    ["one line", ["foo, bar; baz=2"], [element("foo"), element("bar", [["baz", "2"]])]],
    // §9.1's own examples of what may be said.
    ["a parameter without a value", ["deflate-stream"], [element("deflate-stream")]],
    [
      "several of one name",
      ["mux; max-channels=4; flow-control, deflate-stream"],
      [
        element("mux", [
          ["max-channels", "4"],
          ["flow-control", undefined],
        ]),
        element("deflate-stream"),
      ],
    ],
    // RFC 7692 §5.
    [
      "the same twice, to fall back",
      ['permessage-foo; use_y, permessage-foo, permessage-deflate; client_max_window_bits="10"'],
      [
        element("permessage-foo", [["use_y", undefined]]),
        element("permessage-foo"),
        element(DEFLATE, [["client_max_window_bits", "10"]]),
      ],
    ],
    [
      "a parameter twice",
      ["a;b=1;b=2"],
      [
        element("a", [
          ["b", "1"],
          ["b", "2"],
        ]),
      ],
    ],
    [
      "white space everywhere",
      ["\t a ;\tb = c ; d\t, ,"],
      [
        element("a", [
          ["b", "c"],
          ["d", undefined],
        ]),
      ],
    ],
    [
      "quotes",
      ['a; b="c"; d= "e"'],
      [
        element("a", [
          ["b", "c"],
          ["d", "e"],
        ]),
      ],
    ],
    ["escapes in quotes", ['a; b="\\c\\d"'], [element("a", [["b", "cd"]])]],
    ["names of Object.prototype", ["__proto__; constructor"], [element("__proto__", [["constructor", undefined]])]],
  ])("reads %s", (_, lines, elements) => {
    expect(parseExtensions(lines)).toEqual(elements);
  });

  it.each<[string, string[]]>([
    ["an empty line", [""]],
    ["commas alone", [" , ,"]],
    ["a semicolon alone", [";"]],
    ["no token", ["; a"]],
    ["an empty parameter", ["a;"]],
    ["an empty parameter before another", ["a; ; b"]],
    ["an equals sign without a name", ["a; =b"]],
    ["an equals sign without a value", ["a; b="]],
    ["two equals signs", ["a; b=c=d"]],
    ["an equals sign in the token", ["a=b"]],
    ["a space in a name", ["a b"]],
    ["a space in a value", ["a; b=c d"]],
    ["a token in quotes", ['"a"']],
    ["a name in quotes", ['a; "b"=c']],
    ["quotes with a comma inside", ['a; b="c,d"']],
    ["quotes with a comma inside, and quotes behind it", ['a; b="c, d="e"']],
    ["quotes with a semicolon inside", ['a; b="c;d"']],
    ["quotes with an equals sign inside", ['a; b="c=d"']],
    ["quotes with a space inside", ['a; b=" c"']],
    ["quotes with nothing inside", ['a; b=""']],
    ["quotes within quotes", ['a; b="c\\"d"']],
    ["quotes within quotes, at the end", ['a; b="c\\"']],
    ["quotes with an escaped backslash", ['a; b="c\\\\"']],
    ["one quote", ['a; b="']],
    ["quotes that do not end", ['a; b="c']],
    ["quotes that do not begin", ['a; b=c"']],
    ["quotes that end on the next line", ['a; b="c', 'd"']],
    ["something behind quotes", ['a; b="c"d']],
    ["a backslash outside quotes", ["a; b=\\c"]],
    ["single quotes with a space", ["a; b='c d'"]],
    ["a line break", ["a\r\nX-Evil: 1"]],
    ["a line break in quotes", ['a; b="c\r\n"']],
    ["an escaped line break in quotes", ['a; b="c\\\n"']],
    ["a letter beyond ASCII", ["permessage-deflat\u0435"]],
    ["a space beyond ASCII", ["a;\u00a0b"]],
  ])("refuses %s", (_, lines) => {
    expect(parseExtensions(lines)).toBeUndefined();
    expect(parseExtensions(["good", ...lines]) === undefined || lines.join("").replace(/[\s,]/g, "") === "").toBe(true);
  });

  it("is refused whole for one bad element at any place", () => {
    expect(parseExtensions(["a, b; c, d e, f"])).toBeUndefined();
    expect(parseExtensions(["a, b; c; d e; f"])).toBeUndefined();
  });
});

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
const elements = fc.array(
  fc.record({
    token,
    parameters: fc.array(fc.tuple(token, fc.option(token, { nil: undefined })), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 5 },
);

describe("formatExtensions", () => {
  it("says what parseExtensions reads", () => {
    fc.assert(
      fc.property(elements, (list) => {
        expect(parseExtensions([formatExtensions(list)])).toEqual(list);
      }),
    );
  });

  it("is what a reader expects", () => {
    const parameters: Parameters = [
      ["server_no_context_takeover", undefined],
      ["client_max_window_bits", "12"],
    ];
    expect(formatExtensions([element(DEFLATE, parameters), element("x")])).toBe(
      "permessage-deflate; server_no_context_takeover; client_max_window_bits=12, x",
    );
  });

  it.each(["", "a b", "a;b", 'a"', "a\r\nX-Evil: 1", "a,b", "\u212a", 12, null])("refuses %j anywhere", (evil) => {
    const wrong = evil as string;
    expect(() => formatExtensions([element(wrong)])).toThrow(TypeError);
    expect(() => formatExtensions([element("a", [[wrong, undefined]])])).toThrow(/made of tokens/);
    expect(() => formatExtensions([element("a", [["b", wrong]])])).toThrow(/made of tokens/);
  });
});

describe("takes time in proportion to the length (CVE-2020-7662 of another implementation)", () => {
  it.each<[string, (count: number) => string]>([
    ["extensions", (count) => "a,".repeat(count)],
    ["parameters", (count) => `a${";b=c".repeat(count)}`],
    ["quotes that never end", (count) => `a; b="${"\\c".repeat(count)}`],
    ["escapes", (count) => `a; b="${"\\c".repeat(count)}"`],
    ["quotes", (count) => `a; b=${'"'.repeat(count)}`],
    ["spaces", (count) => `a; b=${" ".repeat(count)}c${" ".repeat(count)}d`],
    ["equals signs", (count) => `a; b${"=".repeat(count)}`],
  ])("%s", (_, list) => {
    expect(timeRatio((count) => parseExtensions([list(count)]))).toBeLessThan(3);
  });
});
