import {
  describeEnd,
  describeSummary,
  describeViolation,
  type ErrorCode,
  escapeText,
  type FrameRecord,
  type HeadRecord,
  type InspectionRecord,
  reservedBits,
  type StreamOrigin,
  type SummaryRecord,
  spacedHex,
  type Verdict,
  type ViolationRecord,
} from "wsimd/inspect";
import { element } from "./dom.ts";
import { grouped, plural } from "./hex.ts";

/** More lines than this are counted and not drawn; of violations, so many more. */
const LINES = 1000;
const VIOLATIONS = 100;
const HEX_SHOWN = 32;

/** What the status looks like. */
const STATES: Readonly<Record<Verdict, string>> = {
  valid: "done",
  incomplete: "incomplete",
  invalid: "failed",
  "nothing found": "failed",
};

/** What to do about a violation on this page, where that is a choice of its own. */
const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  RESERVED_BITS: "“Compressed, if no handshake tells” reads compressed messages",
  MASK_REQUIRED: "“Received by: Client” reads what a server sends",
  MASK_FORBIDDEN: "“Received by: Server” reads what a client sends",
};

/** What a file holds, as a list that grows. */
export class InspectionList {
  readonly element: HTMLElement = element("ol", {
    class: "items inspection",
    tabindex: 0,
    "aria-label": "What the file holds",
    "data-testid": "inspect-list",
  });
  readonly #rest = element("p", { class: "note", "data-testid": "inspect-rest", hidden: "" });
  #lines = 0;
  #violations = 0;
  #hidden = 0;

  constructor(place: HTMLElement) {
    place.replaceChildren(this.element, this.#rest);
  }

  /** How it went, for the status: the state, and a sentence. */
  verdict(summary: SummaryRecord): [state: string, sentence: string] {
    const { verdict } = summary;
    const sentences = describeSummary(summary).map((sentence) => `${sentence}.`);
    return [STATES[verdict], `${verdict}, ${sentences.join(" ")}`];
  }

  add(records: readonly InspectionRecord[]): void {
    const drawn = document.createDocumentFragment();
    for (const record of records) {
      if (record.type === "summary") continue;
      const wanted = record.type === "violation" ? this.#violations++ < VIOLATIONS : this.#lines < LINES;
      if (wanted) {
        this.#lines++;
        drawn.append(item(record));
      } else {
        this.#hidden++;
      }
    }
    this.element.append(drawn);
    this.#rest.hidden = this.#hidden === 0;
    this.#rest.textContent = `… and ${plural(this.#hidden, "more line")}, not drawn: wsimd inspect lists them all.`;
  }
}

/** Where it is, and beside that what it is. */
function item(record: Exclude<InspectionRecord, { readonly type: "summary" }>): HTMLElement {
  const where = element("div", { class: "inspect-where" });
  if (record.stream !== undefined) where.append(originOf(record.stream));
  if ("offset" in record) where.append(offsetOf(record.offset));
  const line = (kind: string, ...content: readonly (Node | string)[]) =>
    element(
      "li",
      { class: `inspect-${kind}`, "data-testid": `inspect-${kind}` },
      where,
      element("div", {}, ...content),
    );
  switch (record.type) {
    case "head":
      return line(record.error === undefined ? "head" : "violation", ...headOf(record));
    case "frame":
      return line("frame", ...frameOf(record));
    case "violation":
      return line("violation", ...violationOf(record));
    case "note":
      return line("note", record.message);
    case "end":
      return line("end", `end: ${describeEnd(record)}`);
  }
}

function originOf({ connection, sender, from, to }: StreamOrigin): HTMLElement {
  const title = from === undefined ? `sent by the ${sender}` : `${from} to ${to}`;
  const number = connection === undefined ? "" : `#${connection} `;
  return element("span", { class: "inspect-origin", title }, `${number}${sender}`);
}

function headOf({ line, kind, protocols, extensions, error }: HeadRecord): (Node | string)[] {
  const facts = [element("strong", {}, escapeText(line) || kind), ...[...protocols, extensions].flatMap(trait)];
  return error === undefined ? facts : [...facts, element("p", {}, error)];
}

function frameOf(frame: FrameRecord): (Node | string)[] {
  const { fin, rsv, name, maskingKey, payloadLength, missing, decompressed, payload } = frame;
  const traits = [
    fin ? "FIN" : "more follow",
    ...reservedBits(rsv),
    maskingKey === undefined ? "not masked" : `mask ${maskingKey}`,
    plural(payloadLength, "byte"),
    decompressed ? `${grouped(payload.length)} inflated` : "",
    missing > 0 ? `${grouped(missing)} missing` : "",
  ];
  return [element("strong", {}, name), ...traits.flatMap(trait), payloadOf(frame)];
}

function payloadOf({ payload, close }: FrameRecord): HTMLElement {
  const shown = { class: "inspect-payload", dir: "auto", "data-testid": "inspect-payload" };
  if (close !== undefined) {
    return element("div", shown, [close.code, close.name, escapeText(close.reason)].join(" ").trim());
  }
  if ("text" in payload) {
    const quoted = payload.length === 0 ? "" : `“${escapeText(payload.text)}”`;
    return element("div", shown, `${quoted}${payload.cut ? " …" : ""}`);
  }
  const digits = payload.hex.slice(0, 2 * HEX_SHOWN);
  const hidden = payload.length - digits.length / 2;
  const rest = hidden === 0 ? "" : ` … ${plural(hidden, "more byte")}`;
  return element("div", { ...shown, class: "inspect-payload hex" }, `${spacedHex(digits)}${rest}`);
}

function violationOf(violation: ViolationRecord): (Node | string)[] {
  const { code, closeCode, section, header } = violation;
  const link = element("a", { href: `https://www.rfc-editor.org/rfc/rfc6455#section-${section}` }, `§${section}`);
  const facts = [element("strong", {}, code), link, " ", ...trait(`close code ${closeCode}`)];
  const bytes = header === undefined ? [] : [element("code", { class: "hex" }, `header ${spacedHex(header)}`)];
  return [...facts, element("p", {}, `${describeViolation(violation, ADVICE)}.`), ...bytes];
}

function offsetOf(offset: number): HTMLElement {
  return element("code", { class: "inspect-offset", title: `0x${offset.toString(16)}` }, String(offset));
}

/** A space behind it is where the line may break. */
function trait(text: string): (Node | string)[] {
  return text === "" ? [] : [element("span", { class: "trait" }, text), " "];
}
