import { configDefaults, defineConfig } from "vitest/config";

// Vitest's reporter groups failures by this, which Node has from version 21 on: on Node 20 it would hide them all.
const groups = Map as unknown as { groupBy?: typeof groupBy };
groups.groupBy ??= groupBy;

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> {
  const grouped = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = grouped.get(key);
    if (group === undefined) grouped.set(key, [item]);
    else group.push(item);
  }
  return grouped;
}

/** The tests of the package as it is published, which is packed for them. */
const PACKAGING = "test/packaging/*.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "wsimd", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, PACKAGING] },
      },
      { extends: true, test: { name: "packaging", include: [PACKAGING], globalSetup: "test/packaging/pack.ts" } },
    ],
    setupFiles: ["test/equal-bytes.ts"],
    testTimeout: 30_000,
    // Vitest would leave one to itself: of two, that is half.
    maxWorkers: "100%",
    // What is waited for comes at once; a busy machine may take longer.
    expect: { poll: { timeout: 10_000 } },
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/kernel/wasm/binary.ts"],
      reporter: ["text"],
    },
  },
});
