// The reference in its short form: each module named as it is imported, and nothing said twice.

import { fileURLToPath } from "node:url";
import { Converter, ReflectionKind } from "typedoc";
import { MarkdownTheme, MarkdownThemeContext } from "typedoc-plugin-markdown";
import { ENTRIES } from "./entries.js";

export function load(app) {
  const names = new Map([...ENTRIES].map(([name, source]) => [fileURLToPath(new URL(source, import.meta.url)), name]));
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children) module.name = names.get(project.getSymbolIdFromReflection(module).fileName);
  });
  app.renderer.defineTheme("short", ShortTheme);
}

class ShortTheme extends MarkdownTheme {
  getRenderContext(page) {
    return new ShortContext(this, page, this.application.options);
  }
}

class ShortContext extends MarkdownThemeContext {
  constructor(...args) {
    super(...args);
    const { body, comment, signatureReturns, signatureTitle } = this.partials;
    Object.assign(this.partials, {
      /** A page begins with all that is on it. */
      body: (model, options) =>
        model.kindOf(ReflectionKind.Module)
          ? `${this.#contents(model)}\n\n${body(model, options)}`
          : body(model, options),
      /** What is thrown stands behind the text, without a heading of its own. */
      comment: (model, options) => comment(model, options).replace(/^#+ Throws\n\n/gm, "**Throws** "),
      /** What it extends, as far as that is public, on a line. */
      hierarchy: ({ types, isTarget }) => {
        const bases = isTarget ? [] : types.filter(({ reflection, package: from }) => reflection ?? from !== "wsimd");
        const links = bases.map((base) => this.helpers.getHierarchyType(base, { isTarget: false }));
        return links.length === 0 ? "" : `Extends ${links.join(", ")}.`;
      },
      /** Where a member was first declared says nothing to who uses it. */
      inheritance: () => "",
      /** The signature has the type of what is returned: its members are all there is to add. */
      signatureReturns: (model, options) =>
        this.helpers.hasUsefulTypeDetails(model.type) ? signatureReturns(model, options) : "",
      /** Nothing here can be set. */
      accessor: ({ getSignature }, { headingLevel }) =>
        [
          signatureTitle(getSignature, { accessor: "get" }),
          this.partials.comment(getSignature.comment, { headingLevel }),
        ].join("\n\n"),
    });
  }

  #contents({ groups }) {
    const links = (children) => children.map((child) => `[${child.name}](${this.urlTo(child)})`).join(", ");
    return groups.map(({ title, children }) => `${title}: ${links(children)}`).join("\n\n");
  }
}
