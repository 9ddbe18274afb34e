import { Opcode } from "wsimd";

const NAMES = new Map<number, string>(Object.entries(Opcode).map(([name, opcode]) => [opcode, name.toLowerCase()]));

/** `text` for 1, and `reserved` for what §5.2 reserves. */
export function opcodeName(opcode: number): string {
  return NAMES.get(opcode) ?? "reserved";
}
