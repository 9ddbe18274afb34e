import { readFileSync } from "node:fs";
import { ERRORS } from "wsimd";
import { decodeConversation, type Found, type Piece } from "./decode-conversation.ts";

const HELP = `Usage: node decode-capture.js FILE

Prints the messages of a WebSocket that was captured. FILE is what tshark says of its TCP connection, here the first:

  tshark -r captured.pcap -q -z follow,tcp,raw,0 > FILE
`;

/** The lines of tshark: hex, with a tab in front for one of the two ends. A client is the one that speaks first. */
function readFollowed(text: string): Piece[] {
  const lines = text.split(/\r?\n/).filter((line) => /^\t?([0-9a-f]{2})+$/.test(line));
  const isTabbed = (line: string | undefined) => line?.startsWith("\t");
  return lines.map((line) => [
    isTabbed(line) === isTabbed(lines[0]) ? "client" : "server",
    Buffer.from(line.trim(), "hex"),
  ]);
}

function describe(found: Found): string {
  if ("cutOff" in found) return "the capture ends inside a message";
  if ("violation" in found) {
    const { code, section } = found.violation;
    return `${code} at byte ${found.offset} of its stream, §${section}: ${ERRORS[code].message}`;
  }
  const { event } = found;
  if (event.type === "close") return `close ${event.status.code} ${JSON.stringify(event.status.reason)}`;
  if (event.type !== "message") return `${event.type} ${Buffer.from(event.payload).toString("hex")}`;
  const { message } = event;
  if (message.type === "text") return `text ${JSON.stringify(message.text())}`;
  return `binary ${Buffer.from(message.data).toString("hex")}`;
}

function main(): void {
  const [file, ...others] = process.argv.slice(2);
  if (file === "--help" || file === "-h") {
    process.stdout.write(HELP);
    return;
  }
  try {
    if (file === undefined || others.length > 0) throw new Error("one file is wanted: see --help");
    const pieces = readFollowed(readFileSync(file, "latin1"));
    if (pieces.length === 0) throw new Error(`${file} has no lines of hex: see --help for how to make it`);
    for (const found of decodeConversation(pieces)) process.stdout.write(`${found.from} ${describe(found)}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

main();
