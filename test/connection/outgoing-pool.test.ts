import { describe, expect, test } from "vitest";
import { OutgoingPool, outgoingPoolOf } from "../../src/connection/outgoing-pool.ts";
import { Connection, ConnectionSettings, createWasmKernel, FrameEncoder, Opcode } from "../../src/index.ts";

const LARGE = 65_536;

describe("OutgoingPool", () => {
  test("lends sixteen large ones at a time, and small ones to the others", () => {
    const pool = new OutgoingPool(new FrameEncoder({ role: "server" }));
    const lent = Array.from({ length: 18 }, () => pool.take({}));
    expect(lent.map(({ capacity }) => capacity)).toStrictEqual([...Array(16).fill(LARGE), 1024, 1024]);
    // A small one is not kept.
    pool.giveBack(lent[17]);
    expect(pool.take({})).not.toBe(lent[17]);
    pool.giveBack(lent[3]);
    expect(pool.take({})).toBe(lent[3]);
  });

  test("is the same for all connections of a role on the default kernel, whatever their options", () => {
    const [one, other] = [{}, { maxMessageLength: 5 }].map(
      (options) => new ConnectionSettings({ role: "client", ...options }),
    );
    expect(one.pool).toBe(other.pool);
    expect(one.pool).not.toBe(new ConnectionSettings({ role: "server" }).pool);
    const kernel = createWasmKernel();
    expect(outgoingPoolOf("client", kernel)).not.toBe(one.pool);
  });
});

describe("what a connection was lent comes back", () => {
  test.each<[how: string, end: (connection: Connection) => void]>([
    ["when all was taken", (connection) => void connection.takeBytes()],
    ["when it is aborted", (connection) => connection.abort()],
    [
      "when it is aborted after its stream has ended",
      (connection) => {
        connection.receiveEof();
        connection.abort();
      },
    ],
  ])("%s", (_, end) => {
    // A kernel of its own, and so a pool.
    const settings = new ConnectionSettings({ role: "server", kernel: createWasmKernel() });
    const lent = settings.pool.take({});
    settings.pool.giveBack(lent);
    const connection = new Connection(settings, { onMessage() {} });
    connection.send(Opcode.Text, "waits");
    const others = settings.pool.take({});
    expect(others).not.toBe(lent);
    end(connection);
    expect(connection.takeBytes()).toBe(undefined);
    expect(settings.pool.take({})).toBe(lent);
    expect(lent.length).toBe(0);
  });
});
