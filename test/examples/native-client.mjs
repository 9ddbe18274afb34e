// Run with a URL, and on Node 20 with --experimental-websocket: has a conversation over Node's own WebSocket and prints
// what it saw as JSON; a second argument is the longest message. Plain JavaScript, since it runs outside the test runner.

const [url, longest = 2 ** 24] = process.argv.slice(2);
const socket = new WebSocket(url);
socket.binaryType = "arraybuffer";

const texts = [
  "",
  "ASCII",
  "Où êtes-vous, Zoë?",
  "안녕하세요",
  "مرحبا بالعالم",
  "👩‍👩‍👧‍👦 🇰🇷",
  "넓은 세상 ".repeat(20_000),
];
const sizes = [0, 1, 125, 126, 65_535, 65_536, 2 ** 20, 2 ** 24].filter((size) => size <= longest);

function sample(size) {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255);
}

function next() {
  return new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data), { once: true }));
}

await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
const same = [];
for (const text of texts) {
  const answer = next();
  socket.send(text);
  same.push((await answer) === text);
}
for (const size of sizes) {
  const bytes = sample(size);
  const answer = next();
  socket.send(bytes);
  same.push(Buffer.compare(Buffer.from(await answer), bytes) === 0);
}
const closed = new Promise((resolve) => socket.addEventListener("close", resolve, { once: true }));
socket.close(4321, "다 됐다");
const { code, wasClean } = await closed;
const { extensions } = socket;
process.stdout.write(JSON.stringify({ same, code, wasClean, extensions, count: texts.length + sizes.length }));
