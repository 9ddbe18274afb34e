import type { StreamFrame } from "./decode-stream.ts";
import { element } from "./dom.ts";
import { hexByte, plural } from "./hex.ts";

const BYTES_A_LINE = 16;
/** How many lines are shown from the start, and on each side of the byte at fault. */
const LINES_AT_START = 8;
const LINES_AROUND = 2;

/** The bytes sixteen a line, headers set off from payloads, the byte at `fault` marked. */
export function hexDump(bytes: Uint8Array, frames: readonly StreamFrame[], fault: number | undefined): HTMLElement {
  const lines = Math.ceil(bytes.length / BYTES_A_LINE);
  const faultLine = fault === undefined ? -1 : Math.floor(Math.min(fault, bytes.length - 1) / BYTES_A_LINE);
  const shown = (line: number) =>
    line < LINES_AT_START || (faultLine >= 0 && Math.abs(line - faultLine) <= LINES_AROUND);
  const header = headerOffsets(frames);
  const dump = element("div", { class: "dump", "data-testid": "hex-dump", role: "group" });
  dump.setAttribute("aria-label", `${plural(bytes.length, "byte")} in hex`);
  let hidden = 0;
  for (let line = 0; line < lines; line++) {
    if (shown(line)) {
      if (hidden > 0) dump.append(gap(hidden));
      hidden = 0;
      dump.append(dumpLine(bytes, line * BYTES_A_LINE, header, fault));
    } else {
      hidden += Math.min(BYTES_A_LINE, bytes.length - line * BYTES_A_LINE);
    }
  }
  if (hidden > 0) dump.append(gap(hidden));
  return dump;
}

function gap(bytes: number): HTMLElement {
  return element("div", { class: "dump-gap" }, `… ${plural(bytes, "byte")} not shown`);
}

function dumpLine(
  bytes: Uint8Array,
  start: number,
  header: ReadonlySet<number>,
  fault: number | undefined,
): HTMLElement {
  const line = element("div", { class: "dump-line" }, element("span", { class: "dump-offset" }, String(start)));
  const end = Math.min(bytes.length, start + BYTES_A_LINE);
  for (let at = start; at < end; at++) {
    const name = at === fault ? "mark" : "span";
    const attributes = {
      class: header.has(at) ? "header-byte" : undefined,
      "data-testid": at === fault ? "fault-byte" : undefined,
      title: `byte ${at}`,
    };
    line.append(element(name, attributes, hexByte(bytes[at])));
  }
  // A limit is broken where the payload would begin, which may not have come.
  if (end === bytes.length && fault === end) {
    line.append(element("mark", { class: "after", "data-testid": "fault-byte", title: `byte ${end}` }, "··"));
  }
  return line;
}

/** The offsets of the bytes that belong to headers. */
function headerOffsets(frames: readonly StreamFrame[]): Set<number> {
  return new Set(
    frames.flatMap(({ start, header }) => Array.from({ length: header.headerLength }, (_, at) => start + at)),
  );
}
