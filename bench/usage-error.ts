/** The command line is wrong: its message is all the user needs. */
export class UsageError extends Error {}
