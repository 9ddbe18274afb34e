import { element } from "./dom.ts";
import { hexByte, plural } from "./hex.ts";

/** More rows than this are counted and not drawn. */
const ROWS = 64;

export interface ByteTableContent {
  /** The payload as it is on the wire. */
  readonly wire: Uint8Array;
  /** The four octets of the masking key, or `undefined` when the frame is not masked. */
  readonly key: Uint8Array | undefined;
  /** The payload unmasked. */
  readonly payload: Uint8Array;
  /** Whether the payload is UTF-8, whose characters may take several bytes. */
  readonly text: boolean;
}

/** A payload byte by byte: §5.3's `transformed-octet-i = original-octet-i XOR masking-key-octet-j`, a row each. */
export function byteTable({ wire, key, payload, text }: ByteTableContent): HTMLElement {
  const titles = ["Offset", "On the wire", "Key octet", "Payload", "Character"];
  const head = element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)));
  const body = element("tbody");
  for (let at = 0; at < Math.min(payload.length, ROWS); at++) {
    const mask = key === undefined ? "–" : `⊕ ${hexByte(key[at % 4])}`;
    const cells = [String(at), hexByte(wire[at]), mask, hexByte(payload[at]), characterAt(payload, at, text)];
    body.append(element("tr", {}, ...cells.map((content) => element("td", {}, content))));
  }
  const table = element("table", { "data-testid": "byte-table" }, element("thead", {}, head), body);
  const rest = payload.length - Math.min(payload.length, ROWS);
  if (rest > 0) {
    const note = element("td", { colspan: titles.length }, `… and ${plural(rest, "more byte")}`);
    table.append(element("tfoot", {}, element("tr", {}, note)));
  }
  return table;
}

/** The character that begins at a byte; nothing where one goes on, or where the byte does not print. */
function characterAt(bytes: Uint8Array, at: number, text: boolean): string {
  const lead = bytes[at];
  if (lead === 0x20) return "space";
  if (lead === 0x0a) return "line feed";
  if (lead < 0x80) return lead > 0x20 && lead < 0x7f ? String.fromCharCode(lead) : "";
  if (!text) return "";
  // §8.1: the text was checked, so that the lead byte tells the length.
  if (lead < 0xc0) return "″";
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return new TextDecoder().decode(bytes.subarray(at, at + length));
}
