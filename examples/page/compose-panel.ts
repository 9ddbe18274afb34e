import { FrameEncoder, mask, Opcode, parseHeader, type Role } from "wsimd";
import { byteTable } from "./byte-table.ts";
import { byId, chosen, element } from "./dom.ts";
import { frameFigure } from "./frame-figure.ts";
import { abbreviateHex, formatHex, plural } from "./hex.ts";

const OPCODES: Readonly<Record<string, Opcode>> = {
  text: Opcode.Text,
  binary: Opcode.Binary,
  ping: Opcode.Ping,
};

const HEX_SHOWN = 96;

/** "A message as a frame": what is typed, encoded and drawn. `decode` takes a frame to the panel that decodes. */
export function composePanel(decode: (hex: string, receiver: Role) => void): void {
  const form = byId("compose", HTMLFormElement);
  const message = byId("compose-message", HTMLTextAreaElement);
  const output = byId("compose-output", HTMLElement);
  const update = () => output.replaceChildren(...result(form, message.value, decode));
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update();
  });
  update();
}

function result(form: HTMLFormElement, text: string, decode: (hex: string, receiver: Role) => void): Node[] {
  const role = chosen(form, "role") as Role;
  const opcode = OPCODES[chosen(form, "opcode")];
  const fin = new FormData(form).has("fin");
  byId("new-key", HTMLButtonElement).hidden = role !== "client";
  let frame: Uint8Array;
  try {
    frame = new FrameEncoder({ role }).encode(opcode, text, { fin });
  } catch (error) {
    // The library names the argument at fault: a Ping in fragments, or one that is too long.
    const { message } = error as Error;
    return [element("p", { class: "problem", role: "alert", "data-testid": "compose-error" }, message)];
  }
  const { headerLength, masked, maskingKey, payloadLength } = parseHeader(frame)!;
  const wire = frame.subarray(headerLength);
  const payload = wire.slice();
  if (masked) mask(payload, maskingKey);
  const hex = element("code", { class: "hex", "data-testid": "frame-hex" }, abbreviateHex(frame, HEX_SHOWN));
  const onward = element("button", { type: "button", class: "quiet", "data-testid": "decode-this" }, "Decode it below");
  onward.addEventListener("click", () => decode(formatHex(frame), role === "client" ? "server" : "client"));
  const lengths = `${plural(headerLength, "header byte")}, ${plural(payloadLength, "payload byte")}`;
  const key = masked ? frame.subarray(headerLength - 4, headerLength) : undefined;
  const table = byteTable({ wire, key, payload, text: opcode === Opcode.Text });
  return [
    frameFigure(frame),
    element("div", { class: "frame-line" }, hex, onward),
    element("p", { class: "note", "data-testid": "frame-lengths" }, lengths),
    ...(payloadLength === 0 ? [] : [element("div", { class: "table-scroll" }, table)]),
  ];
}
