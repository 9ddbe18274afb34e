import { shown } from "./argument.ts";

/**
 * Which end of the connection this is. §5.1: "a client MUST mask all frames that it sends to the server", "A server
 * MUST NOT mask any frames that it sends to the client", and each closes the connection on a frame that breaks the rule.
 */
export type Role = "client" | "server";

/** Fails with a `TypeError` unless `role` is one: a caller in plain JavaScript may have passed anything. */
export function checkRole(role: unknown): asserts role is Role {
  if (role !== "client" && role !== "server") {
    throw new TypeError(`role must be "client" or "server", not ${shown(role)}`);
  }
}
