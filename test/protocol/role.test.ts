import { expect, test } from "vitest";
import { checkRole } from "../../src/protocol/role.ts";

test.each(["client", "server"])("%s is a role", (role) => {
  expect(() => checkRole(role)).not.toThrow();
});

test.each([undefined, null, "", "Server", "peer", 0, true])("%s is none", (role) => {
  expect(() => checkRole(role)).toThrow(TypeError);
  expect(() => checkRole(role)).toThrow(/^role /);
});
