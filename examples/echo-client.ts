import { permessageDeflate } from "wsimd/deflate";
import { zlibBackend } from "wsimd/deflate/zlib";
import { ConnectError, type ConnectOptions, connect } from "wsimd/node";
import { fail } from "./command.ts";

const HELP = `Usage: npm run echo-client -- URL

Runs the cases of an Autobahn fuzzing server against wsimd as its client: asks URL/getCaseCount, echoes in each
URL/runCase?case=N&agent=wsimd, and has the reports written with URL/updateReports?agent=wsimd.

  URL         such as ws://127.0.0.1:9001
  --help      show this

It exits with 0 when all cases were run; the server's reports say how they went.
`;

const AGENT = "agent=wsimd";

/** How many seconds the server may take over each step, of which a case may be a long one. */
const TO_COUNT = 5;
const TO_RUN_CASE = 300;
const TO_REPORT = 60;

/** Every case is run with the same options, so that the connections share what they can. */
const echo: ConnectOptions = {
  extension: permessageDeflate({ backend: zlibBackend }),
  handler: { onMessage: (message, connection) => void connection.send(message.opcode, message.data) },
};

async function main(): Promise<void> {
  const [url, ...others] = process.argv.slice(2);
  if (url === "--help" || url === "-h") {
    process.stdout.write(HELP);
    return;
  }
  if (url === undefined || url.startsWith("-") || others.length > 0) fail("one URL is wanted: see --help");
  const server = url.replace(/\/+$/, "");
  const count = await caseCount(`${server}/getCaseCount`);
  for (let number = 1; number <= count; number++) {
    showProgress(number, count);
    // How a case ends is the server's to judge: some have the client fail the connection.
    await closed(`${server}/runCase?case=${number}&${AGENT}`, TO_RUN_CASE);
  }
  await closed(`${server}/updateReports?${AGENT}`, TO_REPORT);
  process.stdout.write(`${count} cases were run, and the server has been told to write its reports\n`);
}

async function caseCount(url: string): Promise<number> {
  const connection = await open(url, {});
  const messages = connection[Symbol.asyncIterator]();
  const complaint = `${url} does not say a number of cases: is it a fuzzing server of Autobahn?`;
  const next = messages.next().catch((error: Error) => fail(`${url}: ${error.message}`));
  const { value: message } = await inTime(next, TO_COUNT, complaint);
  await connection.end();
  const text = message?.type === "text" ? message.text() : "";
  if (!/^\d{1,6}$/.test(text)) fail(complaint);
  return Number(text);
}

/** Echoes at `url` until the server ends the connection. */
async function closed(url: string, seconds: number): Promise<void> {
  const connection = await open(url, echo);
  await inTime(connection.closed, seconds, `${url} does not end: is it a fuzzing server of Autobahn?`);
}

async function inTime<T>(step: Promise<T>, seconds: number, complaint: string): Promise<T> {
  const timer = setTimeout(() => fail(complaint), seconds * 1000);
  try {
    return await step;
  } finally {
    clearTimeout(timer);
  }
}

async function open(url: string, options: ConnectOptions): ReturnType<typeof connect> {
  try {
    return await connect(url, options);
  } catch (error) {
    if (error instanceof ConnectError || error instanceof TypeError) fail(`${url}: ${error.message}`);
    throw error;
  }
}

/** One line that is written over, on a terminal; elsewhere a line for every hundredth case. */
function showProgress(number: number, count: number): void {
  const line = `case ${number} of ${count}`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${number === count ? "\n" : ""}`);
  else if (number === 1 || number === count || number % 100 === 0) process.stdout.write(`${line}\n`);
}

await main();
