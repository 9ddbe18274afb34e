import type { MessageEvent, ProtocolError, Role } from "wsimd";
import { decodeStream, type StreamFrame } from "./decode-stream.ts";
import { byId, chosen, element } from "./dom.ts";
import { frameFigure } from "./frame-figure.ts";
import { abbreviateHex, HexError, parseHex, plural } from "./hex.ts";
import { hexDump } from "./hex-dump.ts";
import { opcodeName } from "./opcode-name.ts";
import { EXAMPLES, type Sample, UNFINISHED, VIOLATIONS } from "./samples.ts";

/** More frames than this are counted and not shown. */
const FRAMES_SHOWN = 50;
const HEX_SHOWN = 32;
const TEXT_SHOWN = 400;

/** "Bytes as frames": hex, decoded as a stream. Returns a way to hand it bytes from elsewhere on the page. */
export function decodePanel(): (hex: string, receiver: Role) => void {
  const form = byId("decode", HTMLFormElement);
  const hex = byId("decode-hex", HTMLTextAreaElement);
  const output = byId("decode-output", HTMLElement);
  const update = () => output.replaceChildren(...result(hex.value, chosen(form, "receiver") as Role));
  const show = (text: string, receiver: Role) => {
    hex.value = text;
    byId(`receiver-${receiver}`, HTMLInputElement).checked = true;
    update();
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  addSamples("samples-examples", EXAMPLES, show);
  addSamples("samples-violations", VIOLATIONS, show);
  addSamples("samples-unfinished", UNFINISHED, show);
  show(EXAMPLES[1].hex, EXAMPLES[1].receiver);
  return (text, receiver) => {
    show(text, receiver);
    form.scrollIntoView({ block: "start" });
    hex.focus({ preventScroll: true });
  };
}

function addSamples(id: string, samples: readonly Sample[], show: (hex: string, receiver: Role) => void): void {
  const place = byId(id, HTMLElement);
  for (const sample of samples) {
    const attributes = { type: "button", class: "chip", "data-testid": `sample-${sample.id}` };
    const button = element("button", attributes, sample.name);
    button.addEventListener("click", () => show(sample.hex, sample.receiver));
    place.append(button);
  }
}

function result(text: string, role: Role): Node[] {
  let bytes: Uint8Array;
  try {
    bytes = parseHex(text);
  } catch (error) {
    if (!(error instanceof HexError)) throw error;
    return [element("p", { class: "problem", role: "alert", "data-testid": "hex-error" }, error.message)];
  }
  if (bytes.length === 0) return [element("p", { class: "note" }, "Paste bytes in hex, or take a sample.")];
  const { frames, events, error, missing, discarded } = decodeStream(bytes, role);
  const nodes: Node[] = [hexDump(bytes, frames, error?.offset)];
  if (error !== undefined) nodes.push(errorBox(error));
  if (missing !== undefined) nodes.push(element("p", { class: "notice", "data-testid": "missing" }, missing));
  if (discarded > 0) {
    nodes.push(element("p", { class: "notice" }, `${plural(discarded, "byte")} after the Close frame are discarded.`));
  }
  if (events.length > 0) {
    nodes.push(element("h3", {}, plural(events.length, "message")), list(events.map(eventItem)));
  }
  if (frames.length > 0) {
    nodes.push(element("h3", {}, plural(frames.length, "frame")), list(frames.slice(0, FRAMES_SHOWN).map(frameItem)));
  }
  if (frames.length > FRAMES_SHOWN) {
    nodes.push(element("p", { class: "note" }, `… and ${plural(frames.length - FRAMES_SHOWN, "more frame")}`));
  }
  return nodes;
}

function errorBox(error: ProtocolError): HTMLElement {
  const link = element("a", { href: `https://www.rfc-editor.org/rfc/rfc6455#section-${error.section}` });
  link.append(element("span", { "data-testid": "error-section" }, `§${error.section}`));
  const facts = element("dl", { class: "facts" });
  const add = (name: string, value: Node) => {
    facts.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  };
  if (error.received !== undefined) {
    add("Received", element("span", { "data-testid": "error-received" }, error.received));
  }
  add("Byte offset", element("span", { "data-testid": "error-offset" }, String(error.offset)));
  add("RFC 6455", link);
  add("Close code", element("span", { "data-testid": "error-close-code" }, String(error.closeCode)));
  // The message repeats offset and section in brackets, which stand below.
  const sentence = error.message.replace(/ \(byte .*$/, "");
  return element(
    "div",
    { class: "problem", role: "alert", "data-testid": "error" },
    element("strong", { "data-testid": "error-code" }, error.code),
    element("p", { "data-testid": "error-message" }, `${sentence[0].toUpperCase()}${sentence.slice(1)}.`),
    facts,
  );
}

function list(items: HTMLElement[]): HTMLElement {
  return element("ol", { class: "items" }, ...items);
}

function eventItem(event: MessageEvent): HTMLElement {
  const item = element("li", { "data-testid": "event" });
  const name = event.type === "message" ? event.message.type : event.type;
  item.append(element("strong", { "data-testid": "event-type" }, name), " ");
  if (event.type === "close") {
    const { code, reason } = event.status;
    item.append(
      element("span", { "data-testid": "event-content" }, reason === "" ? String(code) : `${code} ${reason}`),
    );
  } else if (event.type === "message" && event.message.type === "text") {
    const text = event.message.text();
    const shown = text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
    item.append(element("q", { dir: "auto", "data-testid": "event-content" }, shown));
  } else {
    const data = event.type === "message" ? event.message.data : event.payload;
    item.append(element("code", { class: "hex", "data-testid": "event-content" }, abbreviateHex(data, HEX_SHOWN)));
  }
  return item;
}

function frameItem({ header, wire, payload, missing, atFault }: StreamFrame): HTMLElement {
  const traits = [
    header.fin ? "FIN" : "more follow",
    header.masked ? "masked" : "not masked",
    plural(header.payloadLength, "payload byte"),
  ];
  if (header.rsv !== 0) traits.push(`RSV ${header.rsv.toString(2).padStart(3, "0")}`);
  if (missing > 0) traits.push(`${payload.length.toLocaleString("en")} here`);
  const summary = element(
    "summary",
    {},
    element("strong", { "data-testid": "frame-opcode" }, opcodeName(header.opcode)),
    ...traits.map((trait) => element("span", { class: "trait" }, trait)),
    ...(atFault ? [element("span", { class: "fault" }, "breaks the rule")] : []),
  );
  const details = element("details", { open: atFault ? "" : undefined }, summary, frameFigure(wire));
  if (payload.length > 0) {
    const hex = element("code", { class: "hex", "data-testid": "frame-payload" }, abbreviateHex(payload, HEX_SHOWN));
    details.append(element("p", { class: "payload-line" }, header.masked ? "Unmasked: " : "Payload: ", hex));
  }
  return element("li", { "data-testid": "frame" }, details);
}
