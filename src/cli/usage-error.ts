/** The command was called wrongly, or its input cannot be read: one line for people, and exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
