/** What test/runtimes/bundle.ts makes of the test files: each by its name, to import. */
declare module "virtual:tests" {
  export const tests: Readonly<Record<string, () => Promise<unknown>>>;
}
