import { CloseCode } from "../protocol/close-code.ts";
import { Opcode } from "../protocol/opcode.ts";
import type { Role } from "../protocol/role.ts";

const OPCODES = new Map<Opcode, string>(Object.entries(Opcode).map(([name, opcode]) => [opcode, name.toLowerCase()]));
const CLOSE_CODES = new Map<number, string>(Object.entries(CloseCode).map(([name, code]) => [code, name]));

/** `text` for 1. */
export function opcodeName(opcode: Opcode): string {
  return OPCODES.get(opcode)!;
}

/** `GoingAway` for 1001; §7.4.2 has the ranges of those without a name. */
export function closeCodeName(code: number): string {
  return CLOSE_CODES.get(code) ?? (code < 4000 ? "registered by a library" : "private to an application");
}

/** Who reads what `role` sends, or sends what it reads. */
export function otherRole(role: Role): Role {
  return role === "client" ? "server" : "client";
}
