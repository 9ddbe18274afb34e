// The titles of the tests in a file, read from its source: none has to run to be known to be there.

import { parseAst } from "vitest/node";

const NAMES = ["describe", "test", "it"];

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

/**
 * The tests of a source, each titled with those it stands in: `describe > describe > test`. A title with places to fill, be
 * it of an `each` or a template literal, is as it stands in the source. A test that is skipped is not among them.
 */
export function titlesIn(source: string): ReadonlySet<string> {
  const titles = new Set<string>();
  collect(parseAst(source, { lang: "ts" }), []);
  return titles;

  function collect(value: unknown, outer: readonly string[]): void {
    if (Array.isArray(value)) for (const element of value) collect(element, outer);
    if (!isNode(value)) return;
    const kind = value.type === "CallExpression" ? kindOf(value.callee) : undefined;
    if (kind === "none") return;
    const [title, ...rest] = kind === undefined ? [] : (value.arguments as Node[]);
    if (title === undefined) {
      for (const child of Object.values(value)) collect(child, outer);
      return;
    }
    const path = [...outer, textOf(title, source)];
    if (kind !== "describe") titles.add(path.join(" > "));
    collect(rest, path);
  }
}

/** Of which of `NAMES` a call of `callee` is one, by itself or for `each` of several cases; `skip` and the like are none. */
function kindOf(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined;
  if (callee.type === "Identifier") return NAMES.find((name) => name === callee.name);
  // `test.each(cases)("title", …)`: what is called is what a call of a member returns.
  if (callee.type === "CallExpression") return kindOf(callee.callee);
  if (callee.type !== "MemberExpression" || kindOf(callee.object) === undefined) return undefined;
  return isNode(callee.property) && callee.property.name === "each" ? kindOf(callee.object) : "none";
}

function textOf(title: Node, source: string): string {
  if (title.type === "Literal") return String(title.value);
  return source.slice(title.start as number, title.end as number).replace(/^`|`$/g, "");
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}
