// What the examples that are run as a command have in common.

/** Says in one line why the command cannot go on, and ends it. Of a URL in it, who is asking is left out, and the password. */
export function fail(message: string): never {
  process.stderr.write(`${message.replace(/\/\/\S*@/, "//")}\n`);
  process.exit(1);
}

/** Says in one line why the port cannot be listened on, with what to do, and ends the command. */
export function failToListen(port: number, error: unknown, advice: string): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") fail(`port ${port} is in use: ${advice}`);
  if (code === "EACCES") fail(`port ${port} needs rights this user does not have: ${advice}`);
  fail(message);
}

/** The port that `text` is, 0 for any that is free; `otherwise` where it is empty. `name` is what a person has set. */
export function readPort(name: string, text: string, otherwise: number): number {
  if (text === "") return otherwise;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    fail(`${name} must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}

/** The port to listen on: the command's one argument, or else PORT, or else `otherwise`. */
export function portToListenOn(command: string, otherwise: number): number {
  const [argument, ...others] = process.argv.slice(2);
  if (argument === "--help" || argument === "-h") {
    process.stdout.write(`Usage: ${command} [PORT]

Echoes every WebSocket, on 127.0.0.1.

  PORT        the port to listen on, 0 for any that is free (default: ${otherwise}, or what the variable PORT says)
  --help      show this
`);
    process.exit(0);
  }
  if (others.length > 0) fail(`unknown argument ${others[0]}: see --help`);
  if (argument !== undefined) return readPort("the port", argument, otherwise);
  return readPort("PORT", process.env.PORT ?? "", otherwise);
}
