/**
 * The value of Authorization, or Proxy-Authorization, for the user information of a URL; `undefined` where it has none
 * (RFC 7617 §2: "the user-id and password MUST NOT contain any control characters", and the user-id no colon).
 * @throws TypeError when the user information can be no such credentials. The message repeats nothing of it.
 */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const user = decoded(username);
  const pair = `${user}:${decoded(password)}`;
  if (user.includes(":") || /\p{Cc}/u.test(pair)) throw new TypeError("the user information has forbidden characters");
  // §2.1: UTF-8, as every browser does.
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("the user information is not UTF-8 in percent-encoding");
  }
}
