import { describe, expect, it } from "vitest";
import { HeadParser, type ResponseHead } from "../../src/handshake/head-parser.ts";
import { checkConnectResponse, connectRequest } from "../../src/proxy/connect.ts";
import { INJECTIONS } from "../handshake/injections.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("connectRequest", () => {
  it.each([
    ["a.example", 443, "a.example:443"],
    ["127.0.0.1", 80, "127.0.0.1:80"],
    ["::1", 9000, "[::1]:9000"],
  ])("for %s and %d asks for %s", (host, port, authority) => {
    expect(text(connectRequest({ host, port }))).toBe(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });

  it("carries credentials", () => {
    const request = connectRequest({ host: "a.example", port: 80, authorization: "Basic dTpw" });
    expect(text(request)).toMatch(/\r\nProxy-Authorization: Basic dTpw\r\n\r\n$/);
  });

  it.each([...INJECTIONS, "a b", "", "a/b", "user@a", "[::1]", "a:80", "::g", 5])("refuses the host %j", (host) => {
    expect(() => connectRequest({ host: host as string, port: 80 })).toThrow(/host must be/);
  });

  it.each(INJECTIONS)("refuses the credentials %j", (authorization) => {
    expect(() => connectRequest({ host: "a", port: 80, authorization })).toThrow(/authorization has/);
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN, "80\r\nX-Evil: 1"])("refuses the port %j", (port) => {
    expect(() => connectRequest({ host: "a", port: port as number })).toThrow(/port must be/);
  });
});

describe("checkConnectResponse", () => {
  function answer(lines: string): ResponseHead {
    const parsed = new HeadParser("response").push(new TextEncoder().encode(`${lines}\r\n\r\n`));
    if (parsed === undefined) throw new Error("no head");
    return parsed.head;
  }

  it.each([
    "HTTP/1.1 200 Connection established",
    "HTTP/1.0 200 OK",
    "HTTP/1.1 204 ",
    "HTTP/1.1 299 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
  ])("%j opens the tunnel", (lines) => {
    expect(checkConnectResponse(answer(lines))).toEqual({ ok: true });
  });

  it.each([101, 199, 300, 403, 407, 502])("%d does not, and is handed over", (status) => {
    const result = checkConnectResponse(answer(`HTTP/1.1 ${status} x\r\nProxy-Authenticate: Basic realm="a"`));
    expect(result).toEqual({
      ok: false,
      status,
      headers: [["Proxy-Authenticate", 'Basic realm="a"']],
      reason: expect.stringMatching(status === 407 ? /credentials/ : /tunnel/),
    });
  });
});
