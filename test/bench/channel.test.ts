import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScript } from "../../bench/channel.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wsimd-channel-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A script that has the order as `order` and `send`, without the benchmark's own code, which it cannot load. */
async function run(code: string, order: unknown, receive: (sent: unknown) => void): Promise<void> {
  const script = join(folder, "script.mjs");
  writeFileSync(
    script,
    `import { readFileSync, writeSync } from "node:fs";
    const order = JSON.parse(readFileSync(0, "utf8"));
    const send = (value) => writeSync(3, JSON.stringify(value) + "\\n");
    ${code}`,
  );
  await runScript(process.execPath, script, order, receive);
}

describe("runScript", () => {
  it("hands over the order and receives each value, and can collect garbage", async () => {
    const received: unknown[] = [];
    const order = { text: "한\n".repeat(50_000) };
    await run(`send({ length: order.text.length }); send("a\\nb"); send(typeof gc);`, order, (sent) =>
      received.push(sent),
    );
    expect(received).toEqual([{ length: order.text.length }, "a\nb", "function"]);
  });

  it("rejects when the process fails, after what it had sent", async () => {
    const received: unknown[] = [];
    const failing = run(`send(1); process.exit(3);`, {}, (sent) => received.push(sent));
    await expect(failing).rejects.toThrow("exit code 3");
    expect(received).toEqual([1]);
    await expect(run(`process.kill(process.pid, "SIGKILL");`, {}, () => {})).rejects.toThrow("SIGKILL");
  });

  it("ends the process when what it sent is refused", async () => {
    const refused = run(`send(1); setInterval(() => {}, 1000);`, {}, () => {
      throw new Error("another kernel ran");
    });
    await expect(refused).rejects.toThrow("another kernel ran");
  });

  it("rejects when there is nothing to start", async () => {
    await expect(runScript(join(folder, "absent"), "absent.js", {}, () => {})).rejects.toThrow("ENOENT");
  });
});
