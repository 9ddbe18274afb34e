type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A new element with attributes and children; text among them is text, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** The element of the page with this id, which must be of this class. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} named ${id}`);
  return found;
}

/** The value of the radio button that is chosen among those of a name. */
export function chosen(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name));
}
