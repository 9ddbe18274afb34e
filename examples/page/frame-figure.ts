import { type FrameHeader, parseHeader } from "wsimd";
import { element } from "./dom.ts";
import { bitsOf, headerFields, payloadFields, type Segment, segmentsOf } from "./frame-fields.ts";
import { plural } from "./hex.ts";

/** More payload than this is counted and not drawn. */
const PAYLOAD_BYTES_DRAWN = 22;

/** Draws a frame as §5.2 does: 32 bits a row, field by field. `bytes` begins with a whole header. */
export function frameFigure(bytes: Uint8Array): HTMLElement {
  const header = parseHeader(bytes);
  if (header === undefined) throw new RangeError("bytes must hold a whole header");
  const fields = [...headerFields(bytes, header), ...payloadFields(bytes, header, PAYLOAD_BYTES_DRAWN)];
  const figure = element("div", { class: "figure", "data-testid": "figure", role: "group" });
  figure.setAttribute("aria-label", `The frame's bits: ${plural(header.headerLength, "header byte")}`);
  figure.append(ruler());
  let row: HTMLElement | undefined;
  for (const segment of fields.flatMap(segmentsOf)) {
    if (segment.column === 0) {
      row = element("div", { class: "bit-row" });
      figure.append(row);
    }
    row!.append(cell(bytes, segment));
  }
  const rest = restOf(bytes, header);
  if (rest !== "") figure.append(element("p", { class: "figure-rest", "data-testid": "figure-rest" }, rest));
  return figure;
}

/** The numbers of the bits, above the rows. */
function ruler(): HTMLElement {
  const numbers = Array.from({ length: 32 }, (_, bit) =>
    element("span", { class: bit % 8 === 0 ? "octet" : undefined }, String(bit)),
  );
  return element("div", { class: "bit-row ruler", "aria-hidden": "true" }, ...numbers);
}

function cell(bytes: Uint8Array, { field, row, column, length, continued }: Segment): HTMLElement {
  const bits = bitsOf(bytes, 32 * row + column, length);
  const narrow = length === 1;
  const name = continued ? `${field.name}, continued` : field.name;
  return element(
    "div",
    {
      class: `field ${field.kind}${narrow ? " narrow" : ""}`,
      style: `grid-column: ${column + 1} / span ${length}; --bits: ${length}`,
      role: "img",
      "aria-label": `${name}: ${bits}, ${field.value}`,
      title: `${name}: ${field.value}`,
      "data-field": field.kind,
      "data-bits": bits,
    },
    element("span", { class: "field-name" }, name),
    element("span", { class: "bits" }, ...Array.from(bits, (bit) => element("b", {}, bit))),
    element("span", { class: "field-value" }, narrow || continued ? "" : field.value),
  );
}

/** What of the payload is not in the figure. */
function restOf(bytes: Uint8Array, header: FrameHeader): string {
  const present = Math.min(bytes.length - header.headerLength, header.payloadLength);
  const hidden = present - Math.min(present, PAYLOAD_BYTES_DRAWN);
  return hidden === 0 ? "" : `… and ${plural(hidden, "more payload byte")}`;
}
