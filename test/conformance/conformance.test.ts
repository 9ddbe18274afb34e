// The lists are held to the tests, and the tests to the lists: what an RFC demands has a test, by its name, or a reason why
// not. Whether the test tests it is for people to judge.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RFC_6455 } from "./rfc6455.ts";
import { RFC_7692 } from "./rfc7692.ts";
import { titlesIn } from "./titles.ts";

const root = new URL("../", import.meta.url);
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));

/** Every test there is: `file > describe > test`. */
const known = new Set(
  files.flatMap((file) =>
    [...titlesIn(readFileSync(new URL(file, root), "utf8"))].map((title) => `${file} > ${title}`),
  ),
);

describe.each([
  ["RFC 6455", RFC_6455, 119],
  ["RFC 7692", RFC_7692, 22],
])("%s", (_, sections, total) => {
  const requirements = Object.entries(sections).flatMap(([section, of]) =>
    of.requirements.map((requirement) => ({
      ...requirement,
      section,
      text: requirement.text.replace(/\s+/g, " ").trim(),
    })),
  );

  test("no section is left out", () => {
    expect(Object.values(sections).reduce((sum, { musts }) => sum + musts, 0)).toBe(total);
  });

  test.each(Object.entries(sections))("§%s is quoted whole", (section, { musts }) => {
    const quoted = requirements.filter((one) => one.section === section).map(({ text }) => text);
    expect(quoted.join("\n").match(/\b(?:MUST|must|SHALL|REQUIRED)\b/g)?.length ?? 0).toBe(musts);
    expect(new Set(quoted).size).toBe(quoted.length);
  });

  test.each(requirements)("§$section: $text", ({ tests = [], why = "" }) => {
    expect(tests.length > 0 || why !== "", "it needs a test, or a reason why not").toBe(true);
    expect(tests.filter((title) => !known.has(title))).toStrictEqual([]);
  });
});

describe("titlesIn", () => {
  test("finds a test by itself, nested, for each of several cases, and under a helper", () => {
    const source = `
      test("alone", () => {});
      onBoth((kernel: Kernel) => {
        describe.each([1, 2])("as %s", (role) => {
          it.each<[string, number]>([["a", 1]])("is %j", () => expect(test).toBe("no title"));
          for (const name of names) test(\`named \${name}\`, async () => {});
        });
      });
    `;
    expect([...titlesIn(source)]).toStrictEqual(["alone", "as %s > is %j", `as %s > named \${name}`]);
  });

  test("finds none that does not run, or that is only spoken of", () => {
    const source = `
      test.skip("a", () => {});
      test.todo("b");
      describe.skip("c", () => test("d", () => {}));
      it.skip.each([1])("e", () => {});
      // test("f", () => {});
      const title = 'test("g")';
    `;
    expect([...titlesIn(source)]).toStrictEqual([]);
  });
});
