import { describe, expect, it } from "vitest";
import { CHROMIUM } from "../browsers.ts";
import { usePage } from "./page-fixture.ts";

describe.skipIf(CHROMIUM.skipped)(`the page's bytes as frames in Chromium${CHROMIUM.reason}`, () => {
  const open = usePage();

  const decode = async (hex: string, receiver: "client" | "server"): Promise<void> => {
    await open.choose(`receiver-${receiver}`);
    await open.page.getByTestId("decode-hex").fill(hex);
  };
  const problem = (): Promise<string[]> =>
    Promise.all(["error-code", "error-offset", "error-section", "error-close-code", "fault-byte"].map(open.text));

  /** §5.7's samples: the frames' opcodes, and what the messages say. */
  const EXAMPLES: Record<string, [opcodes: string[], types: string[], contents: (string | RegExp)[]]> = {
    text: [["text"], ["text"], ["Hello"]],
    masked: [["text"], ["text"], ["Hello"]],
    fragments: [["text", "continuation"], ["text"], ["Hello"]],
    ping: [["ping"], ["ping"], ["48 65 6c 6c 6f"]],
    pong: [["pong"], ["pong"], ["48 65 6c 6c 6f"]],
    "binary-256": [["binary"], ["binary"], [/^00 01 02 .* 1f … 224 more bytes$/]],
    "binary-64k": [["binary"], ["binary"], [/^00 01 02 .* 1f … 65,504 more bytes$/]],
    close: [["close"], ["close"], ["1000 bye"]],
  };

  const VIOLATIONS: Record<string, [code: string, offset: string, section: string, closeCode: string, byte: string]> = {
    rsv: ["RESERVED_BITS", "4", "§5.2", "1002", "c1"],
    opcode: ["RESERVED_OPCODE", "0", "§5.2", "1002", "83"],
    unmasked: ["MASK_REQUIRED", "1", "§5.1", "1002", "05"],
    "masked-server": ["MASK_FORBIDDEN", "1", "§5.1", "1002", "82"],
    minimal: ["LENGTH_NOT_MINIMAL", "2", "§5.2", "1002", "00"],
    "top-bit": ["LENGTH_TOP_BIT", "2", "§5.2", "1002", "80"],
    utf8: ["INVALID_UTF8", "7", "§8.1", "1007", "c3"],
    "fragmented-ping": ["FRAGMENTED_CONTROL", "0", "§5.5", "1002", "09"],
    continuation: ["UNEXPECTED_CONTINUATION", "0", "§5.4", "1002", "80"],
    interleaved: ["EXPECTED_CONTINUATION", "5", "§5.4", "1002", "81"],
    "close-code": ["INVALID_CLOSE_CODE", "2", "§7.4", "1002", "03"],
    "close-short": ["CLOSE_PAYLOAD_TRUNCATED", "2", "§5.5.1", "1002", "03"],
    "too-long": ["FRAME_TOO_LONG", "2", "§10.4", "1009", "00"],
  };

  const UNFINISHED: Record<string, string> = {
    "half-header": "The last header is not complete: 5 more bytes of it must come.",
    "half-payload": "The last frame is not complete: 3 more payload bytes must come.",
    "half-message": "The message is not complete: a continuation frame with FIN must come.",
  };

  it("offers the samples that are tried here, and no other", async () => {
    const offered = await open.page
      .locator('[data-testid^="sample-"]')
      .evaluateAll((buttons) => buttons.map((button) => button.getAttribute("data-testid")));
    const tried = [EXAMPLES, VIOLATIONS, UNFINISHED].flatMap((table) => Object.keys(table));
    expect(offered).toEqual(tried.map((id) => `sample-${id}`));
  });

  it.each(Object.entries(EXAMPLES))("decodes the sample %s", async (id, [opcodes, types, contents]) => {
    await open.page.getByTestId(`sample-${id}`).click();
    expect(await open.texts("frame-opcode")).toEqual(opcodes);
    expect(await open.texts("event-type")).toEqual(types);
    for (const [at, content] of (await open.texts("event-content")).entries()) expect(content).toMatch(contents[at]);
    expect(await open.page.getByTestId("error").count()).toBe(0);
    expect(await open.page.getByTestId("missing").count()).toBe(0);
  });

  it.each(Object.entries(VIOLATIONS))("shows what is wrong with the sample %s", async (id, expected) => {
    await open.page.getByTestId(`sample-${id}`).click();
    expect(await problem()).toEqual(expected);
    expect(await open.page.getByTestId("fault-byte").count()).toBe(1);
    expect(await open.texts("event-type")).toEqual(id === "rsv" ? ["text"] : []);
  });

  it.each(Object.entries(UNFINISHED))("says what is missing of the sample %s", async (id, sentence) => {
    await open.page.getByTestId(`sample-${id}`).click();
    expect(await open.text("missing")).toBe(sentence);
    expect(await open.page.getByTestId("error").count()).toBe(0);
  });

  it.each([
    "81 05 48 65 6c 6c 6f",
    "810548656c6c6f",
    "0x81, 0x05, 0x48, 0x65,\n0x6C 0x6C 0x6F",
    "81:05:48:65:6C:6C:6F\n",
    "\\x81\\x05\\x48\\x65\\x6c\\x6c\\x6f",
  ])("reads %j", async (hex) => {
    await decode(hex, "client");
    expect(await open.texts("event-content")).toEqual(["Hello"]);
  });

  it.each([
    ["81 0g", "“g” in “0g” is not a hex digit."],
    ["81 05 4", "“4” has an odd number of digits: a byte is two of them."],
    ["hello", "“h” in “hello” is not a hex digit."],
    ["81 🐙", "“🐙” in “🐙” is not a hex digit."],
  ])("says of %j what is no hex", async (hex, sentence) => {
    await decode(hex, "client");
    expect(await open.text("hex-error")).toBe(sentence);
    expect(await open.page.getByTestId("frame").count()).toBe(0);
  });

  it("judges the same bytes by who receives them", async () => {
    await decode("81 05 48 65 6c 6c 6f", "client");
    expect(await open.texts("event-content")).toEqual(["Hello"]);
    await open.choose("receiver-server");
    expect((await problem())[0]).toBe("MASK_REQUIRED");
    await open.choose("receiver-client");
    expect(await open.page.getByTestId("error").count()).toBe(0);
  });

  it("says what was received where a limit is broken", async () => {
    await open.page.getByTestId("sample-too-long").click();
    expect(await open.text("error-received")).toBe("17825792 bytes, where 16777216 are allowed");
  });

  it("marks a byte at fault far down in a long stream", async () => {
    const good = "82 7e 01 00 ".concat("00 ".repeat(256)).repeat(10);
    await decode(`${good} 83 00`, "client");
    expect(await problem()).toEqual(["RESERVED_OPCODE", "2600", "§5.2", "1002", "83"]);
    expect(await open.text("hex-dump")).toMatch(/not shown/);
  });

  it("marks the place behind the last byte when a limit is broken there", async () => {
    const fragments = `01 80 00 00 00 00 ${"00 80 00 00 00 00 ".repeat(65_535)}`;
    await decode(`${fragments} 00 80 00 00 00 00`, "server");
    expect(await problem()).toEqual(["TOO_MANY_FRAGMENTS", "393222", "§10.4", "1008", "··"]);
  });

  it("drops what follows a Close, be it a violation", async () => {
    await decode("88 02 03 e8 ff ff ff", "client");
    expect(await open.texts("event-content")).toEqual(["1000"]);
    expect(await open.text("decode-output")).toContain("3 bytes after the Close frame are discarded.");
    expect(await open.page.getByTestId("error").count()).toBe(0);
  });

  it("shows the unmasked payload of a masked frame beside its bits", async () => {
    await open.page.getByTestId("sample-masked").click();
    await open.page.getByTestId("frame").locator("summary").click();
    expect(await open.text("frame-payload")).toBe("48 65 6c 6c 6f");
    const figure = open.page.getByTestId("frame").getByTestId("figure");
    expect(await figure.locator('[data-field="payload"] .field-value').allTextContents()).toEqual([
      ..."7f 9f 4d 51 58".split(" "),
    ]);
  });
});
