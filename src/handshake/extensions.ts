import { checkList, checkObject, checkString, shown, wrongType } from "../protocol/argument.ts";
import type { ExtensionElement } from "../protocol/extension-element.ts";
import { isToken, splitList, trimSpace } from "./headers.ts";

/**
 * The elements of Sec-WebSocket-Extensions, whose values `lines` are, since it may come on several; `undefined` when they break
 * the grammar of §9.1. That section rests on RFC 2616, whose implied white space may stand between any two parts.
 *
 * "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the 'token' ABNF": a
 * quoted comma, semicolon or equals sign breaks the grammar, so that it does no harm to separate at every one of them.
 * @throws TypeError when `lines` are no list of strings.
 */
export function parseExtensions(lines: readonly string[]): ExtensionElement[] | undefined {
  checkList("lines", "strings", lines, checkString);
  const elements: ExtensionElement[] = [];
  for (const text of splitList(lines)) {
    const [token, ...rest] = text.split(";").map(trimSpace);
    const parameters = rest.map(parseParameter);
    if (!isToken(token) || !parameters.every((parameter) => parameter !== undefined)) return undefined;
    elements.push({ token, parameters });
  }
  // "extension-list = 1#extension": a header without any is none.
  return elements.length === 0 && lines.length > 0 ? undefined : elements;
}

/** "extension-param = token [ "=" (token | quoted-string) ]". */
function parseParameter(text: string): readonly [name: string, value: string | undefined] | undefined {
  const equals = text.indexOf("=");
  if (equals < 0) return isToken(text) ? [text, undefined] : undefined;
  const name = trimSpace(text.slice(0, equals));
  const value = unquote(trimSpace(text.slice(equals + 1)));
  return isToken(name) && isToken(value) ? [name, value] : undefined;
}

/** What is no quoted string stays as it is. A backslash that escapes nothing stays, too, and is in no token. */
function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}

/** @throws TypeError when it is no list of extensions. Whether they are made of tokens is not looked at. */
export function checkExtensions(name: string, elements: readonly ExtensionElement[]): void {
  checkList(name, "{ token, parameters }", elements, (name, element) => {
    checkObject(name, element);
    checkList(`${name}.parameters`, "[name, value]", element.parameters, (name, parameter) => {
      if (!Array.isArray(parameter)) throw wrongType(name, "[name, value]", parameter);
    });
  });
}

/**
 * The value of Sec-WebSocket-Extensions that says `elements`.
 * @throws TypeError when a token, or a parameter's name or value, is not a token: nothing else can be said, nor injected.
 */
export function formatExtensions(elements: readonly ExtensionElement[]): string {
  checkExtensions("elements", elements);
  return elements
    .map(({ token, parameters }) => [checked(token), ...parameters.map(formatParameter)].join("; "))
    .join(", ");
}

function formatParameter([name, value]: readonly [name: string, value: string | undefined]): string {
  return value === undefined ? checked(name) : `${checked(name)}=${checked(value)}`;
}

function checked(text: string): string {
  if (!isToken(text)) throw new TypeError(`extensions must be made of tokens, and ${shown(text)} is none`);
  return text;
}
