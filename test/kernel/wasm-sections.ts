// Reads as much of the WebAssembly binary format as the tests ask about.

/** Where a section's contents begin and end. */
export interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

const MEMORY_SECTION = 5;
const DATA_SECTION = 11;

/** An unsigned LEB128 number, and the position after it. */
function readUnsigned(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let shift = 0, next = at; ; shift += 7) {
    const byte = bytes[next++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, next];
  }
}

export function sectionsOf(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < wasm.length; ) {
    const [length, start] = readUnsigned(wasm, at + 1);
    sections.push({ id: wasm[at], start, end: start + length });
    at = start + length;
  }
  return sections;
}

/** The limits of the one memory, in pages; `max` is undefined when it may grow without bound. */
export function memoryOf(wasm: Uint8Array): { readonly min: number; readonly max: number | undefined } {
  const section = sectionsOf(wasm).find(({ id }) => id === MEMORY_SECTION)!;
  const [count, flagsAt] = readUnsigned(wasm, section.start);
  if (count !== 1) throw new Error(`${count} memories`);
  const [min, maxAt] = readUnsigned(wasm, flagsAt + 1);
  return { min, max: wasm[flagsAt] === 1 ? readUnsigned(wasm, maxAt)[0] : undefined };
}

/** Where in memory each data segment lies. */
export function dataSegmentsOf(wasm: Uint8Array): { readonly start: number; readonly end: number }[] {
  const section = sectionsOf(wasm).find(({ id }) => id === DATA_SECTION);
  if (section === undefined) return [];
  let [count, at] = readUnsigned(wasm, section.start);
  const segments: { start: number; end: number }[] = [];
  for (; count > 0; count--) {
    // An active segment of memory 0: kind 0, then `i32.const offset; end`. A positive offset reads the same unsigned.
    if (wasm[at] !== 0 || wasm[at + 1] !== 0x41) throw new Error(`a data segment of kind ${wasm[at]}`);
    const [start, endAt] = readUnsigned(wasm, at + 2);
    if (wasm[endAt] !== 0x0b) throw new Error("a data segment whose offset is no constant");
    const [length, contents] = readUnsigned(wasm, endAt + 1);
    segments.push({ start, end: start + length });
    at = contents + length;
  }
  if (at !== section.end) throw new Error("the data section was misread");
  return segments;
}
