import { expect, it, vi } from "vitest";
import { type AdapterOptions, AdapterSettings, readOnce } from "../../src/adapter/settings.ts";

it("readAhead is 64 KiB unless it is said, and checked with the rest", () => {
  expect(new AdapterSettings({ role: "server" }).readAhead).toBe(65_536);
  expect(new AdapterSettings({ role: "server", readAhead: 0 }).readAhead).toBe(0);
  expect(() => new AdapterSettings({ role: "server", readAhead: -1 })).toThrow(/^readAhead must/);
  expect(() => new AdapterSettings({ role: "server", closeTimeout: 0.5 })).toThrow(/^closeTimeout must/);
});

it("what is no options object, and a handler that is none, are refused before they are read", () => {
  const read = vi.fn();
  const settingsFor = readOnce<{ handler?: unknown }, unknown>(read);
  const refused = { undefined, null: null, "5": 5, "a string": "chat", "an Array": ["chat"] };
  for (const [kind, options] of Object.entries(refused)) {
    const error = new TypeError(`options must be an object, not ${kind}`);
    expect(() => settingsFor("client", options as object)).toThrow(error);
  }
  expect(() => settingsFor("client", { handler: {} })).toThrow(/^handler must/);
  expect(read).not.toHaveBeenCalled();
});

it("an options object is read once for each role", () => {
  const read = vi.fn((role: AdapterOptions["role"], options: { readAhead: number }) => `${role} ${options.readAhead}`);
  const settingsFor = readOnce(read);
  const options = { readAhead: 1 };
  expect([settingsFor("server", options), settingsFor("client", options)]).toEqual(["server 1", "client 1"]);
  options.readAhead = 2;
  expect(settingsFor("server", options)).toBe("server 1");
  expect(settingsFor("server", { ...options })).toBe("server 2");
  expect(read).toHaveBeenCalledTimes(3);
});
