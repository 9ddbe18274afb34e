import { describe, expect, it } from "vitest";
import { CHROMIUM } from "../browsers.ts";
import { usePage } from "./page-fixture.ts";

describe.skipIf(CHROMIUM.skipped)(`the page's message as a frame in Chromium${CHROMIUM.reason}`, () => {
  const open = usePage();

  const bits = (): Promise<string[]> =>
    open.page
      .getByTestId("compose-output")
      .locator("[data-bits]")
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-bits") ?? ""));
  const fields = (kind: string): Promise<string[]> =>
    open.page
      .getByTestId("compose-output")
      .locator(`[data-field="${kind}"]`)
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-bits") ?? ""));
  const rows = async (): Promise<string[][]> =>
    open.page
      .getByTestId("byte-table")
      .locator("tbody tr")
      .evaluateAll((lines) => lines.map((line) => Array.from(line.children, (cell) => cell.textContent ?? "")));
  const frameHex = async (): Promise<string> => (await open.text("frame-hex")) ?? "";
  const toBits = (hex: string): string =>
    hex
      .split(" ")
      .map((byte) => Number.parseInt(byte, 16).toString(2).padStart(8, "0"))
      .join("");

  it("draws the RFC's unmasked Hello bit by bit", async () => {
    await open.choose("role-server");
    expect(await open.text("frame-hex")).toBe("81 05 48 65 6c 6c 6f");
    // FIN, RSV1-3, opcode, MASK, payload length; then H, e, l, l, o.
    const header = ["1", "0", "0", "0", "0001", "0", "0000101"];
    expect(await bits()).toEqual([...header, "01001000", "01100101", "01101100", "01101100", "01101111"]);
    // What is seen is what is said: one element for each bit.
    expect(await open.page.getByTestId("compose-output").locator(".bits b").allTextContents()).toEqual([
      ...toBits("81 05 48 65 6c 6c 6f"),
    ]);
    expect(await rows()).toEqual(
      Array.from("Hello", (letter, at) => {
        const hex = letter.charCodeAt(0).toString(16);
        return [String(at), hex, "–", hex, letter];
      }),
    );
  });

  it("draws a masked frame whose payload is the key's XOR, with a new key each time it is asked", async () => {
    const keys = new Set<string>();
    for (let run = 0; run < 3; run++) {
      const bytes = (await frameHex()).split(" ").map((byte) => Number.parseInt(byte, 16));
      expect(bytes.slice(0, 2)).toEqual([0x81, 0x85]);
      const key = bytes.slice(2, 6);
      const wire = bytes.slice(6);
      expect(wire.map((byte, at) => String.fromCharCode(byte ^ key[at % 4])).join("")).toBe("Hello");
      const hex = (byte: number) => byte.toString(16).padStart(2, "0");
      expect(await rows()).toEqual(
        wire.map((byte, at) => {
          const letter = "Hello"[at];
          return [String(at), hex(byte), `⊕ ${hex(key[at % 4])}`, hex(letter.charCodeAt(0)), letter];
        }),
      );
      expect((await bits()).join("")).toBe(toBits(await frameHex()));
      expect((await fields("key")).join("")).toBe(toBits(key.map(hex).join(" ")));
      expect(await fields("mask")).toEqual(["1"]);
      keys.add(String(key));
      await open.page.getByTestId("new-key").click();
    }
    expect(keys.size).toBe(3);
  });

  it.each([
    ["binary", "1", "0010"],
    ["ping", "1", "1001"],
  ])("draws a %s", async (opcode, fin, expected) => {
    await open.choose(`opcode-${opcode}`);
    expect([await fields("fin"), await fields("opcode")]).toEqual([[fin], [expected]]);
  });

  it("draws a first fragment, without FIN", async () => {
    await open.choose("fin");
    expect([await fields("fin"), await fields("opcode")]).toEqual([["0"], ["0001"]]);
  });

  it("puts a character of several bytes beside its first", async () => {
    await open.choose("role-server");
    await open.page.getByTestId("compose-message").fill("é한🐙");
    expect((await rows()).map(([, , , hex, character]) => `${hex} ${character}`)).toEqual([
      ..."c3 é,a9 ″,ed 한,95 ″,9c ″,f0 🐙,9f ″,90 ″,99 ″".split(","),
    ]);
  });

  it.each([
    // §5.2: 126 says that 16 bits follow, 127 that 64 do.
    [126, "1111110", (126).toString(2).padStart(16, "0"), "… and 104 more payload bytes", "… and 62 more bytes"],
    [
      70_000,
      "1111111",
      (70_000).toString(2).padStart(64, "0"),
      "… and 69,978 more payload bytes",
      "… and 69,936 more bytes",
    ],
  ])("abbreviates a payload of %d bytes, and says so", async (length, form, extended, inFigure, inTable) => {
    await open.choose("role-server");
    await open.page.getByTestId("compose-message").fill("x".repeat(length));
    const [short, ...rest] = await fields("length");
    expect([short, rest.join("")]).toEqual([form, extended]);
    expect(await open.text("figure-rest")).toBe(inFigure);
    expect(await open.page.getByTestId("byte-table").locator("tfoot").textContent()).toBe(inTable);
  });

  it("says in the library's words what cannot be a frame", async () => {
    await open.choose("opcode-ping");
    await open.choose("fin");
    expect(await open.text("compose-error")).toMatch(/^fin must be true: a control frame cannot be fragmented/);
    await open.choose("fin");
    await open.page.getByTestId("compose-message").fill("x".repeat(126));
    expect(await open.text("compose-error")).toMatch(/^payload must be at most 125 bytes in a control frame/);
  });

  it("hands its frame to be decoded, by the other end", async () => {
    await open.page.getByTestId("compose-message").fill("다시");
    await open.page.getByTestId("decode-this").click();
    expect(await open.page.getByTestId("receiver-server").isChecked()).toBe(true);
    expect(await open.texts("event-content")).toEqual(["다시"]);
  });
});
