import { describe, expect, it } from "vitest";
import { HELP, parseOptions } from "../../bench/options.ts";
import { JOBS, PAYLOADS, PEERS, SIZES, SUBJECTS } from "../../bench/plan.ts";
import { RUNTIMES } from "../../bench/runtimes.ts";
import { UsageError } from "../../bench/usage-error.ts";

describe("parseOptions", () => {
  it("measures everything when nothing is asked for", () => {
    expect(parseOptions([])).toEqual({
      runtimes: ["current"],
      json: undefined,
      report: undefined,
      from: [],
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
      ["--runtime", RUNTIMES, "runtimes"],
    ] as const) {
      for (const name of names) {
        expect(parseOptions([option, name])[key]).toEqual([name]);
        expect(HELP).toContain(name);
      }
    }
  });

  it("takes all runtimes that can be installed, and the current one when it is named too", () => {
    const installed = ["node20", "node24", "node26", "bun"];
    expect(parseOptions(["--runtime", "all"]).runtimes).toEqual(installed);
    expect(parseOptions(["--runtime=bun", "--runtime=all", "--runtime=current"]).runtimes).toEqual([
      "current",
      ...installed,
    ]);
    expect(parseOptions(["--runtime=bun", "--runtime=node20"]).runtimes).toEqual(["node20", "bun"]);
  });

  it("takes results instead of measuring, in the order they are named", () => {
    const options = parseOptions(["--from", "b.json", "--from=a.json", "--report", "out", "--json=c.json"]);
    expect(options).toMatchObject({ from: ["b.json", "a.json"], report: "out", json: "c.json" });
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
    [["--report"], "--report needs a value"],
    [["--report=a", "--report=b"], "--report may be given once"],
    [["--from", "--report=a"], "--from needs a value"],
    [["--from=a"], "--from needs --report DIR or --json FILE"],
    [["--from=a", "--report=b", "--job=mask"], "--from measures nothing: it cannot go with --job"],
    [["--from=a", "--report=b", "--runtime=bun"], "--from measures nothing: it cannot go with --runtime"],
    [["--from=a", "--report=b", "--quick"], "--from measures nothing: it cannot go with --quick"],
    [["--runtime", "node22"], "--runtime node22: it must be one of current, node20, node24, node26, bun, all"],
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
