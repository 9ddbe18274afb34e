// Hostile peers, `count` of each kind, that all stay for as long as the server has them. Told to "finish", those that do not read
// begin to, and once all are gone it is told how each ended: the status of HTTP, the code of a Close, or "cut". Plain
// JavaScript, since it runs outside the test runner.

import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { deflateRawSync } from "node:zlib";

const [port, count, localAddress] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];

const REQUEST_LINE = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
const HANDSHAKE = [
  `${REQUEST_LINE}Upgrade: websocket`,
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");

const DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/** A frame masked with a key of zeroes, which changes nothing. */
function frame(first, payload) {
  const { length } = payload;
  const form = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : [127, 0, 0, 0, 0];
  const rest = length < 65_536 ? [] : [length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  return Buffer.concat([Buffer.from([first, form[0] | 0x80, ...form.slice(1), ...rest, 0, 0, 0, 0]), payload]);
}

const PINGS = Buffer.concat(new Array(500).fill(frame(0x89, Buffer.alloc(125, "p"))));
const FRAGMENTS = Buffer.concat(
  new Array(500).fill([frame(0x00, Buffer.alloc(0)), frame(0x00, Buffer.from("y"))]).flat(),
);
const TEXT = frame(0x81, Buffer.alloc(60_000, "y"));
// 16 MiB in 16 KiB.
const BOMB = frame(0xc1, deflateRawSync(Buffer.alloc(2 ** 24, "y")));
const GARBAGE = Buffer.concat([Buffer.of(0xff), randomBytes(200)]);
/** One of so many that does not read goes on for so many bytes more than the system takes for it. */
const HEAVY = { each: 156, bytes: 40_000_000 };

const deaf = new Set();
/** What each slow one has still to say. */
const slow = new Map();
const endless = new Set();
setInterval(() => {
  for (const [socket, rest] of slow) {
    socket.write(rest.slice(0, 1));
    slow.set(socket, rest.slice(1));
  }
}, 500);
setInterval(() => {
  for (const socket of endless) socket.write(`X-${"y".repeat(1000)}: y\r\n`);
}, 20);

function flood(socket, bytes, index) {
  socket.pause();
  deaf.add(socket);
  const times = index % HEAVY.each === 0 ? Math.ceil(HEAVY.bytes / bytes.length) : 1;
  for (let sent = 0; sent < times; sent++) socket.write(bytes);
}

/** What each kind does once it is connected; those of `opened`, once its WebSocket is open. */
const opened = {
  pingFlood: (socket, index) => flood(socket, PINGS, index),
  tinyFragments(socket) {
    socket.write(frame(0x01, Buffer.alloc(0)));
    socket.write(FRAGMENTS);
  },
  bomb: (socket) => void socket.write(BOMB),
  neverReads: (socket, index) => flood(socket, TEXT, index),
  halfClosed: (socket) => void socket.end(),
  garbage: (socket) => void socket.write(GARBAGE),
};
const connected = {
  slowHandshake: (socket) => void slow.set(socket, HANDSHAKE),
  endlessHeaders(socket) {
    socket.write(REQUEST_LINE);
    endless.add(socket);
  },
  garbageRequest: (socket) => void socket.write(GARBAGE),
  halfClosedRequest: (socket) => void socket.end(HANDSHAKE.slice(0, 100)),
};

const endings = {};
const ended = [];

/** Connects one, and waits until it does what its kind does. */
function attack(kind, index) {
  return new Promise((done) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress, allowHalfOpen: true, noDelay: true });
    let received = "";
    let open = false;
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1", 0, Math.min(chunk.length, 1000));
      if (open || !(kind in opened) || !received.includes("\r\n\r\n")) return;
      open = true;
      opened[kind](socket, index);
      done();
    });
    socket.on("connect", () => {
      if (kind === "bomb") socket.write(HANDSHAKE.slice(0, -2) + DEFLATE);
      else if (kind in opened) socket.write(HANDSHAKE);
      else {
        connected[kind](socket);
        done();
      }
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.on("close", resolve));
    ended.push(
      closed.then(() => {
        for (const set of [slow, endless, deaf]) set.delete(socket);
        const ending = deafKinds.has(kind) ? "gone" : endingOf(received);
        endings[kind] ??= {};
        endings[kind][ending] = (endings[kind][ending] ?? 0) + 1;
        done();
      }),
    );
  });
}

/** Those that do not read cannot tell how they ended. */
const deafKinds = new Set(["pingFlood", "neverReads"]);

function endingOf(received) {
  const status = received.slice(9, 12);
  if (status !== "101") return status || "cut";
  let frames = received.slice(received.indexOf("\r\n\r\n") + 4);
  while (frames.charCodeAt(0) === 0x89) frames = frames.slice(2 + frames.charCodeAt(1));
  return frames.charCodeAt(0) === 0x88 ? String((frames.charCodeAt(2) << 8) | frames.charCodeAt(3)) : "cut";
}

/** Two kinds have a half that begins with the handshake, and one that does not come so far. */
const KINDS = [...Object.keys(opened), ...Object.keys(connected)];
const HALVES = new Set(["garbage", "garbageRequest", "halfClosed", "halfClosedRequest"]);
const queue = [];
for (let index = 0; index < count; index++) {
  for (const kind of KINDS) {
    const half = kind.endsWith("Request") ? 1 : 0;
    if (!HALVES.has(kind) || index % 2 === half) queue.push([kind, index]);
  }
}

process.on("message", async () => {
  for (const socket of deaf) socket.resume();
  await Promise.all(ended);
  process.send({ endings });
  process.exit();
});
process.on("disconnect", () => process.exit());

const total = queue.length;
async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await attack(...next);
}
await Promise.all(Array.from({ length: 100 }, work));
process.send({ attacked: total });
