import { expect, it } from "vitest";
import { type ByteStreams, checkStreams, discard } from "../../src/web/byte-streams.ts";
import { Peer, settled } from "./pipes.ts";

it("checkStreams names what is no stream, or is in use", () => {
  const { readable, writable } = new Peer().streams;
  const check = (streams: unknown) => () => checkStreams(streams as ByteStreams);
  expect(check({ readable, writable })).not.toThrow();
  expect(check(null)).toThrow("readable must be a ReadableStream");
  expect(check({ readable: writable, writable })).toThrow("readable must be a ReadableStream");
  expect(check({ readable, writable: readable })).toThrow("writable must be a WritableStream");
  expect(check({ readable, writable, close: 1 })).toThrow("close must be a function");
  expect(check({ readable, writable, closeWrite: null })).toThrow("closeWrite must be a function");
  const reader = readable.getReader();
  expect(check({ readable, writable })).toThrow("readable must not be locked");
  reader.releaseLock();
  writable.getWriter();
  expect(check({ readable, writable })).toThrow("writable must not be locked");
});

it("discard gives both up, and is not bothered by how that ends", async () => {
  const peer = new Peer();
  discard(peer.streams, "enough");
  await settled();
  expect(peer.ended.sort()).toEqual(["abort", "cancel"]);
  discard(peer.streams, "again");
  const locked = new Peer();
  locked.streams.readable.getReader();
  discard(locked.streams, "in use");
  await settled();
});

it("discard closes what carries them, where it can be, before the writable is aborted: Cloudflare's would stay open", async () => {
  for (const how of ["resolves", "rejects", "throws", "never settles"]) {
    const peer = new Peer();
    const close = () => {
      peer.ended.push("closed");
      if (how === "throws") throw new Error("closed before");
      return how === "resolves"
        ? undefined
        : how === "rejects"
          ? Promise.reject(new Error("closed before"))
          : new Promise(() => {});
    };
    discard({ ...peer.streams, close }, "enough");
    await Promise.resolve();
    expect(peer.ended).toEqual(["cancel", "closed"]);
    await expect.poll(() => peer.ended).toEqual(["cancel", "closed", "abort"]);
  }
});
