import { styleText } from "node:util";
import {
  describeEnd,
  describeSummary,
  describeViolation,
  type EndRecord,
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
} from "../inspect/index.ts";
import { grouped, plural } from "../inspect/wording.ts";
import { ADVICE } from "./advice.ts";

type Style = Parameters<typeof styleText>[0];

/** Unless they are to be shown whole. */
const HEX_SHOWN = 32;
const INDENT = " ".repeat(21);

const COLOURS: Readonly<Record<Verdict, Style>> = {
  valid: "green",
  incomplete: "yellow",
  invalid: "red",
  "nothing found": "red",
};

/** Records as lines for people. */
export class TextOutput {
  readonly #coloured: boolean;
  readonly #full: boolean;
  /** The connection, or the lone stream, whose heading was written. */
  readonly #headed = new Set<number | undefined>();

  /** Colours are for `stream`, as NO_COLOR, FORCE_COLOR and whether it is a terminal have it. */
  constructor(stream: NodeJS.WritableStream, full: boolean) {
    this.#coloured = styleText("red", "x", { stream, validateStream: true }) !== "x";
    this.#full = full;
  }

  write(record: InspectionRecord): string {
    switch (record.type) {
      case "head":
        return this.#placed(record.stream, this.#head(record));
      case "frame":
        return this.#placed(record.stream, this.#frame(record));
      case "violation":
        return this.#placed(record.stream, this.#violation(record));
      case "note":
        return this.#placed(record.stream, this.#style("yellow", `${INDENT}${record.message}`));
      case "end":
        return this.#placed(record.stream, this.#end(record));
      case "summary":
        return this.#summary(record);
    }
  }

  /** Behind the connection's heading, once, each line marked with its number and direction. */
  #placed(stream: StreamOrigin | undefined, text: string): string {
    if (stream === undefined) return text;
    const { connection, sender, from, to } = stream;
    const mark = connection === undefined ? "" : `#${connection} ${sender === "client" ? "→" : "←"} `;
    const marked = `${mark}${text.replaceAll("\n", `\n${mark}`)}`;
    if (this.#headed.has(connection)) return marked;
    this.#headed.add(connection);
    const [client, server] = sender === "client" ? [from, to] : [to, from];
    const title = connection === undefined ? `sent by the ${sender}` : `#${connection} ${client} → ${server}`;
    return `${this.#style("bold", title)}\n${marked}`;
  }

  #head({ line, kind, length, protocols, extensions, opens, error }: HeadRecord): string {
    const facts = [this.#style("cyan", `${INDENT}${escapeText(line) || kind}`)];
    if (protocols.length > 0) facts.push(`subprotocol ${escapeText(protocols.join(", "))}`);
    if (extensions !== "") facts.push(escapeText(extensions));
    facts.push(plural(length, "byte"));
    if (error === undefined && !opens) facts.push("no WebSocket is opened");
    const listed = facts.join("  ");
    return error === undefined ? listed : `${listed}\n${this.#style("red", `${INDENT}opening handshake: ${error}`)}`;
  }

  #frame(frame: FrameRecord): string {
    const { offset, fin, rsv, name, maskingKey, payloadLength, missing, compressed, decompressed, payload } = frame;
    const flags = [fin ? "FIN" : "   ", ...reservedBits(rsv)];
    const length = [plural(payloadLength, "byte")];
    if (compressed) length.push(decompressed ? `inflated ${grouped(payload.length)}` : "not inflated");
    if (missing > 0) length.push(`${grouped(missing)} missing`);
    return [
      this.#offset(offset),
      flags.join(" ").padEnd(4),
      this.#style("bold", name.padEnd(12)),
      maskingKey === undefined ? "unmasked     " : `mask ${maskingKey}`,
      length.join(", ").padEnd(10),
      this.#payload(frame),
    ]
      .join(" ")
      .trimEnd();
  }

  #payload({ payload, close }: FrameRecord): string {
    if (close !== undefined) {
      return ` ${close.code} ${close.name}${close.reason === "" ? "" : ` "${escapeText(close.reason)}"`}`;
    }
    if ("text" in payload) {
      return payload.length === 0 ? "" : ` "${escapeText(payload.text)}"${payload.cut ? " …" : ""}`;
    }
    const digits = this.#full ? payload.hex : payload.hex.slice(0, 2 * HEX_SHOWN);
    const hidden = payload.length - digits.length / 2;
    return ` ${spacedHex(digits)}${hidden === 0 ? "" : ` … ${plural(hidden, "more byte")}`}`;
  }

  #violation(violation: ViolationRecord): string {
    const { code, closeCode, section, offset, header } = violation;
    const sentence = describeViolation(violation, ADVICE);
    const lines = [`${this.#offset(offset)} ${code}  §${section}  close code ${closeCode}`, `${INDENT}${sentence}`];
    if (header !== undefined) lines.push(`${INDENT}header ${spacedHex(header)}`);
    return lines.map((line) => this.#style("red", line)).join("\n");
  }

  #end(record: EndRecord): string {
    const { state, unread } = record;
    const whole = state === "complete" || (state === "closed" && unread === 0);
    const style = state === "violation" ? "red" : whole ? "dim" : "yellow";
    return this.#style(style, `${INDENT}end: ${describeEnd(record)}`);
  }

  #summary(summary: SummaryRecord): string {
    const { verdict } = summary;
    return `${this.#style(COLOURS[verdict], verdict)}: ${describeSummary(summary).join("\n")}`;
  }

  #offset(offset: number): string {
    return `${String(offset).padStart(8)}  ${`0x${offset.toString(16)}`.padEnd(10)}`;
  }

  #style(style: Style, text: string): string {
    return this.#coloured ? styleText(style, text, { validateStream: false }) : text;
  }
}
