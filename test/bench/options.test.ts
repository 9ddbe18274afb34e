import { describe, expect, it } from "vitest";
import { HELP, parseOptions, UsageError } from "../../bench/options.ts";
import { JOBS, PAYLOADS, PEERS, SIZES, SUBJECTS } from "../../bench/plan.ts";

describe("parseOptions", () => {
  it("measures everything when nothing is asked for", () => {
    expect(parseOptions([])).toEqual({
      json: undefined,
      quick: false,
      help: false,
      jobs: JOBS,
      sizes: SIZES,
      payloads: PAYLOADS,
      subjects: SUBJECTS,
      peers: PEERS,
    });
  });

  it("takes a value after the option or after an equals sign", () => {
    expect(parseOptions(["--json", "rows.json"]).json).toBe("rows.json");
    expect(parseOptions(["--json=a=b.json"]).json).toBe("a=b.json");
  });

  it("collects repeated options, in the order of the run", () => {
    const options = parseOptions(["--job", "utf8", "--job=mask", "--bytes", "1000", "--bytes=8", "--bytes=8"]);
    expect(options.jobs).toEqual(["mask", "utf8"]);
    expect(options.sizes).toEqual([8, 1000]);
  });

  it("takes every name that its help lists", () => {
    for (const [option, names, key] of [
      ["--job", JOBS, "jobs"],
      ["--payload", PAYLOADS, "payloads"],
      ["--subject", SUBJECTS, "subjects"],
      ["--peer", PEERS, "peers"],
    ] as const) {
      for (const name of names) {
        expect(parseOptions([option, name])[key]).toEqual([name]);
        expect(HELP).toContain(name);
      }
    }
  });

  it("takes flags", () => {
    expect(parseOptions(["--quick"])).toMatchObject({ quick: true, help: false });
    expect(parseOptions(["--help"])).toMatchObject({ quick: false, help: true });
  });

  it.each([
    [["--fast"], "unknown option --fast"],
    [["--fast=1"], "unknown option --fast=1"],
    [["mask"], "unknown option mask"],
    [["--quick=yes"], "--quick takes no value"],
    [["--json"], "--json needs a value"],
    [["--json="], "--json needs a value"],
    [["--json", "--quick"], "--json needs a value"],
    [["--json=a", "--json=b"], "--json may be given once"],
    [["--job", "masks"], "--job masks: it must be one of mask, "],
    [["--peer", "node"], "--peer node: it must be one of ws+bufferutil, "],
    [["--subject", "wasm"], "--subject wasm: it must be one of wasm-simd, typescript"],
    [["--bytes", "0"], "--bytes 0: "],
    [["--bytes", "1e3"], "--bytes 1e3: "],
    [["--bytes", "1048577"], "--bytes 1048577: "],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
