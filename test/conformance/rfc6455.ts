import type { Section } from "./section.ts";

/** Every MUST of RFC 6455 §4 to §8, in its order, word for word. */
export const RFC_6455: Readonly<Record<string, Section>> = {
  "4.1": {
    musts: 39,
    requirements: [
      {
        binds: "client",
        text: `
          When the client is to _Establish a WebSocket Connection_ given a set of (/host/, /port/, /resource name/,
          and /secure/ flag), along with a list of /protocols/ and /extensions/ to be used, and an /origin/ in the
          case of web browsers, it MUST open a connection, send an opening handshake, and read the server's handshake
          in response.
        `,
        tests: ["connection/opening.test.ts > the opening handshake > opens both ends, %i bytes at a time"],
      },
      {
        binds: "client",
        text: `
          The components of the WebSocket URI passed into this algorithm (/host/, /port/, /resource name/, and
          /secure/ flag) MUST be valid according to the specification of WebSocket URIs specified in Section 3.
        `,
        tests: ["handshake/uri.test.ts > parseUri > %s", "handshake/uri.test.ts > parseUri > refuses %j"],
      },
      {
        binds: "client",
        text: `
          If any of the components are invalid, the client MUST _Fail the WebSocket Connection_ and abort these steps.
        `,
        tests: [
          "handshake/uri.test.ts > parseUri > refuses %j",
          "handshake/client-request.test.ts > nothing can be injected > by %j",
        ],
      },
      {
        binds: "client",
        text: `
          If the client already has a WebSocket connection to the remote host (IP address) identified by /host/ and
          port /port/ pair, even if the remote host is known by another name, the client MUST wait until that
          connection has been established or for that connection to have failed.
        `,
        why: "The caller opens connections, and decides how many at a time: this library has no socket to open.",
      },
      {
        binds: "client",
        text: "There MUST be no more than one connection in a CONNECTING state.",
        why: "The caller opens connections, and decides how many at a time: this library has no socket to open.",
      },
      {
        binds: "client",
        text: `
          If multiple connections to the same IP address are attempted simultaneously, the client MUST serialize them
          so that there is no more than one connection at a time running through the following steps.
        `,
        why: "The caller opens connections, and decides how many at a time: this library has no socket to open.",
      },
      {
        binds: "client",
        text: `
          If the client cannot determine the IP address of the remote host (for example, because all communication is
          being done through a proxy server that performs DNS queries itself), then the client MUST assume for the
          purposes of this step that each host name refers to a distinct remote host, and instead the client SHOULD
          limit the total number of simultaneous pending connections to a reasonably low number (e.g., the client
          might allow simultaneous pending connections to a.example.com and b.example.com, but if thirty simultaneous
          connections to a single host are requested, that may not be allowed).
        `,
        why: "The caller opens connections, and decides how many at a time: this library has no socket to open.",
      },
      {
        binds: "client",
        text: `
          For the purpose of proxy autoconfiguration scripts, the URI to pass the function MUST be constructed from
          /host/, /port/, /resource name/, and the /secure/ flag using the definition of a WebSocket URI as given in
          Section 3.
        `,
        why: "No proxy autoconfiguration script is run.",
      },
      {
        binds: "client",
        text: `
          If the connection could not be opened, either because a direct connection failed or because any proxy used
          returned an error, then the client MUST _Fail the WebSocket Connection_ and abort the connection attempt.
        `,
        tests: [
          "proxy/connect.test.ts > checkConnectResponse > %d does not, and is handed over",
          "connection/timing.test.ts > one half of the connection of a %s ends first > the peer's, before the opening handshake is over, at every byte",
        ],
      },
      {
        binds: "client",
        text: `
          If /secure/ is true, the client MUST perform a TLS handshake over the connection after opening the
          connection and before sending the handshake data [RFC2818].
        `,
        tests: ["handshake/client-request.test.ts > upgradeRequest > hands over where to connect to"],
        why: "The caller opens the connection, with TLS where the URI's `secure` says so: this library has no socket to open.",
      },
      {
        binds: "client",
        text: `
          If this fails (e.g., the server's certificate could not be verified), then the client MUST _Fail the
          WebSocket Connection_ and abort the connection.
        `,
        why: "The caller opens the connection, with TLS where the URI's `secure` says so: this library has no socket to open.",
      },
      {
        binds: "client",
        text: "Otherwise, all further communication on this channel MUST run through the encrypted tunnel [RFC5246].",
        why: "The caller opens the connection, with TLS where the URI's `secure` says so: this library has no socket to open.",
      },
      {
        binds: "client",
        text: "Clients MUST use the Server Name Indication extension in the TLS handshake [RFC6066].",
        why: "The caller opens the connection, with TLS where the URI's `secure` says so: this library has no socket to open.",
      },
      {
        binds: "client",
        text: `
          Once a connection to the server has been established (including a connection via a proxy or over a
          TLS-encrypted tunnel), the client MUST send an opening handshake to the server.
        `,
        tests: [
          "connection/opening.test.ts > the opening handshake > opens both ends, %i bytes at a time",
          "conversations/handshake.test.ts > our client, a server of ws > goes through a proxy, which asks for credentials",
        ],
      },
      {
        binds: "client",
        text: "The handshake MUST be a valid HTTP request as specified by [RFC2616].",
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > is the request of §1.2, byte for byte, but for the order of its lines",
          "handshake/client-request.test.ts > nothing can be injected > by %j",
          "conversations/handshake.test.ts > our client, a server of ws > opens with version %d and a subprotocol",
        ],
      },
      {
        binds: "client",
        text: "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1.",
        tests: ["handshake/client-request.test.ts > upgradeRequest > to %s asks for %s of %s"],
      },
      {
        binds: "client",
        text: `
          The "Request-URI" part of the request MUST match the /resource name/ defined in Section 3 (a relative URI)
          or be an absolute http/https URI that, when parsed, has a /resource name/, /host/, and /port/ that match the
          corresponding ws/wss URI.
        `,
        tests: ["handshake/client-request.test.ts > upgradeRequest > to %s asks for %s of %s"],
      },
      {
        binds: "client",
        text: `
          The request MUST contain a |Host| header field whose value contains /host/ plus optionally ":" followed by
          /port/ (when not using the default port).
        `,
        tests: ["handshake/client-request.test.ts > upgradeRequest > to %s asks for %s of %s"],
      },
      {
        binds: "client",
        text: 'The request MUST contain an |Upgrade| header field whose value MUST include the "websocket" keyword.',
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > is the request of §1.2, byte for byte, but for the order of its lines",
        ],
      },
      {
        binds: "client",
        text: 'The request MUST contain a |Connection| header field whose value MUST include the "Upgrade" token.',
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > is the request of §1.2, byte for byte, but for the order of its lines",
        ],
      },
      {
        binds: "client",
        text: "The request MUST include a header field with the name |Sec-WebSocket-Key|.",
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > is the request of §1.2, byte for byte, but for the order of its lines",
        ],
      },
      {
        binds: "client",
        text: `
          The value of this header field MUST be a nonce consisting of a randomly selected 16-byte value that has been
          base64-encoded (see Section 4 of [RFC4648]).
        `,
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > has a key of its own each time, of 16 bytes that vary",
        ],
      },
      {
        binds: "client",
        text: "The nonce MUST be selected randomly for each connection.",
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > has a key of its own each time, of 16 bytes that vary",
        ],
      },
      {
        binds: "client",
        text: `
          The request MUST include a header field with the name |Origin| [RFC6454] if the request is coming from a
          browser client.
        `,
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > of version %d gives the origin as %s, and checkUpgrade reads it",
        ],
        why: "Browsers send their own; here the caller says which origin there is to name.",
      },
      {
        binds: "client",
        text: "The request MUST include a header field with the name |Sec-WebSocket-Version|.",
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > is the request of §1.2, byte for byte, but for the order of its lines",
        ],
      },
      {
        binds: "client",
        text: "The value of this header field MUST be 13.",
        tests: [
          "handshake/client-request.test.ts > upgradeRequest > is the request of §1.2, byte for byte, but for the order of its lines",
          "handshake/client-request.test.ts > upgradeRequest > refuses the version %j",
        ],
      },
      {
        binds: "client",
        text: `
          The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to
          U+007E not including separator characters as defined in [RFC2616] and MUST all be unique strings.
        `,
        tests: [
          "handshake/client-request.test.ts > nothing can be injected > by the subprotocols %j",
          "handshake/client-request.test.ts > nothing can be injected > by %j",
        ],
      },
      {
        binds: "client",
        text: `
          Once the client's opening handshake has been sent, the client MUST wait for a response from the server
          before sending any further data.
        `,
        tests: ["connection/opening.test.ts > the opening handshake > opens both ends, %i bytes at a time"],
      },
      {
        binds: "client",
        text: "The client MUST validate the server's response as follows:",
        tests: [
          "handshake/client-response.test.ts > §4.1's checks > %s fails",
          "connection/opening.test.ts > the opening handshake > of a client fails at %j, and its output ends",
        ],
      },
      {
        binds: "client",
        text: `
          If the status code received from the server is not 101, the client handles the response per HTTP [RFC2616]
          procedures.
        `,
        tests: [
          "handshake/client-response.test.ts > §4.1's checks > 1. the status %d opens nothing, and is handed over",
          "connection/opening.test.ts > the opening handshake > of a client fails at %j, and its output ends",
        ],
      },
      {
        binds: "client",
        text: `
          If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is not
          an ASCII case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket Connection_.
        `,
        tests: ["handshake/client-response.test.ts > §4.1's checks > %s fails"],
      },
      {
        binds: "client",
        text: `
          If the response lacks a |Connection| header field or the |Connection| header field doesn't contain a token
          that is an ASCII case-insensitive match for the value "Upgrade", the client MUST _Fail the WebSocket
          Connection_.
        `,
        tests: ["handshake/client-response.test.ts > §4.1's checks > %s fails"],
      },
      {
        binds: "client",
        text: `
          If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| contains a value
          other than the base64-encoded SHA-1 of the concatenation of the |Sec-WebSocket-Key| (as a string, not
          base64-decoded) with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" but ignoring any leading and trailing
          whitespace, the client MUST _Fail the WebSocket Connection_.
        `,
        tests: [
          "handshake/client-response.test.ts > §4.1's checks > %s fails",
          "connection/opening.test.ts > the opening handshake > of a client fails at %j, and its output ends",
          "handshake/client-response.test.ts > a good response > may have %s",
        ],
      },
      {
        binds: "client",
        text: `
          If the response includes a |Sec-WebSocket-Extensions| header field and this header field indicates the use
          of an extension that was not present in the client's handshake (the server has indicated an extension not
          requested by the client), the client MUST _Fail the WebSocket Connection_.
        `,
        tests: [
          "handshake/client-response.test.ts > §4.1's checks > %s fails",
          "connection/extension.test.ts > an answer that the offer does not allow fails the opening handshake: %s",
        ],
      },
      {
        binds: "client",
        text: `
          If the response includes a |Sec-WebSocket-Protocol| header field and this header field indicates the use of
          a subprotocol that was not present in the client's handshake (the server has indicated a subprotocol not
          requested by the client), the client MUST _Fail the WebSocket Connection_.
        `,
        tests: [
          "handshake/client-response.test.ts > §4.1's checks > %s fails",
          "handshake/client-response.test.ts > §4.1's checks > nothing may be used where nothing was offered",
        ],
      },
      {
        binds: "client",
        text: `
          If the server's response does not conform to the requirements for the server's handshake as defined in this
          section and in Section 4.2.2, the client MUST _Fail the WebSocket Connection_.
        `,
        tests: [
          "handshake/client-response.test.ts > §4.1's checks > %s fails",
          "handshake/client-response.test.ts > §4.1's checks > a 101 over HTTP/1.0 fails",
          "connection/opening.test.ts > the opening handshake > of a client fails at %j, and its output ends",
        ],
      },
    ],
  },
  "4.2.1": {
    musts: 2,
    requirements: [
      {
        binds: "server",
        text: `
          The server must parse at least part of this handshake in order to obtain the necessary information to
          generate the server part of the handshake.
        `,
        tests: ["handshake/request.test.ts > a good request > gives what the answer needs"],
      },
      {
        binds: "server",
        text: `
          If the server, while reading the handshake, finds that the client did not send a handshake that matches the
          description below (note that as per [RFC2616], the order of the header fields is not important), including
          but not limited to any violations of the ABNF grammar specified for the components of the handshake, the
          server MUST stop processing the client's handshake and return an HTTP response with an appropriate error
          code (such as 400 Bad Request).
        `,
        tests: [
          "connection/opening.test.ts > the opening handshake > of a server answers %j with %s, and nothing after",
          "handshake/request.test.ts > a bad request is 400 > %s",
          "handshake/head-parser.test.ts > what a head may not hold > %s: %j",
        ],
      },
      {
        binds: "client",
        text: `
          An HTTP/1.1 or higher GET request, including a "Request-URI" [RFC2616] that should be interpreted as a
          /resource name/ defined in Section 3 (or an absolute HTTP/HTTPS URI containing the /resource name/).
        `,
        tests: [
          "handshake/request.test.ts > another method is 405 > %j",
          "handshake/request.test.ts > HTTP before 1.1 is 400 > %j",
        ],
      },
      {
        binds: "client",
        text: "A |Host| header field containing the server's authority.",
        tests: ["handshake/request.test.ts > a bad request is 400 > %s"],
      },
      {
        binds: "client",
        text: `
          An |Upgrade| header field containing the value "websocket", treated as an ASCII case-insensitive value.
        `,
        tests: [
          "handshake/request.test.ts > what is no WebSocket request is 426, naming the protocol > %s",
          "handshake/request.test.ts > a good request > may have %s",
        ],
      },
      {
        binds: "client",
        text: `
          A |Connection| header field that includes the token "Upgrade", treated as an ASCII case-insensitive value.
        `,
        tests: [
          "handshake/request.test.ts > what is no WebSocket request is 426, naming the protocol > %s",
          "handshake/request.test.ts > a good request > may have %s",
        ],
      },
      {
        binds: "client",
        text: `
          A |Sec-WebSocket-Key| header field with a base64-encoded (see Section 4 of [RFC4648]) value that, when
          decoded, is 16 bytes in length.
        `,
        tests: [
          "handshake/request.test.ts > a bad request is 400 > %s",
          "handshake/key.test.ts > isKey > refuses %j: %s",
        ],
      },
      {
        binds: "client",
        text: "A |Sec-WebSocket-Version| header field, with a value of 13.",
        tests: ["handshake/request.test.ts > another version is 426, naming the one there is (§4.4) > %s"],
      },
    ],
  },
  "4.2.2": {
    musts: 10,
    requirements: [
      {
        binds: "server",
        text: `
          When a client establishes a WebSocket connection to a server, the server MUST complete the following steps
          to accept the connection and send the server's opening handshake.
        `,
        tests: [
          "connection/opening.test.ts > the opening handshake > opens both ends, %i bytes at a time",
          "handshake/response.test.ts > upgradeResponse > is the answer of §1.3, byte for byte",
        ],
      },
      {
        binds: "server",
        text: `
          If this fails (e.g., the client indicated a host name in the extended client hello "server_name" extension
          that the server does not host), then close the connection; otherwise, all further communication for the
          connection (including the server's handshake) MUST run through the encrypted tunnel [RFC5246].
        `,
        why: "The caller's server speaks TLS: this library is given what comes out of it.",
      },
      {
        binds: "server",
        text: `
          If the server does not wish to accept this connection, it MUST return an appropriate HTTP error code (e.g.,
          403 Forbidden) and abort the WebSocket handshake described in this section.
        `,
        tests: [
          "connection/opening.test.ts > the opening handshake > may be refused by what the server's own check finds; the client is told all of it",
          "conversations/handshake.test.ts > a client of ws, our server > is refused with %d",
        ],
      },
      {
        binds: "server",
        text: `
          If this version does not match a version understood by the server, the server MUST abort the WebSocket
          handshake described in this section and instead send an appropriate HTTP error code (such as 426 Upgrade
          Required) and a |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of
          understanding.
        `,
        tests: [
          "handshake/request.test.ts > another version is 426, naming the one there is (§4.4) > %s",
          "handshake/response.test.ts > rejection > answers %s as checkUpgrade judged it",
        ],
      },
      {
        binds: "server",
        text: `
          If the requested service is not available, the server MUST send an appropriate HTTP error code (such as 404
          Not Found) and abort the WebSocket handshake.
        `,
        tests: [
          "connection/opening.test.ts > the opening handshake > may be refused by what the server's own check finds; the client is told all of it",
          "conversations/handshake.test.ts > a client of ws, our server > is refused with %d",
        ],
      },
      {
        binds: "server",
        text: `
          The value chosen MUST be derived from the client's handshake, specifically by selecting one of the values
          from the |Sec-WebSocket-Protocol| field that the server is willing to use for this connection (if any).
        `,
        tests: [
          "handshake/offer.test.ts > of %j on offer and %j supported, %j is spoken: the client's order decides",
          "handshake/response.test.ts > upgradeResponse > refuses the subprotocol %j, which was not offered",
        ],
      },
      {
        binds: "server",
        text: `
          The absence of such a field is equivalent to the null value (meaning that if the server does not wish to
          agree to one of the suggested subprotocols, it MUST NOT send back a |Sec-WebSocket-Protocol| header field in
          its response).
        `,
        tests: ["handshake/response.test.ts > upgradeResponse > names no subprotocol unless one was chosen"],
      },
      {
        binds: "server",
        text: `
          If the server supports multiple extensions, then the value MUST be derived from the client's handshake,
          specifically by selecting one or more of the values from the |Sec-WebSocket-Extensions| field.
        `,
        tests: [
          "handshake/response.test.ts > upgradeResponse > names the extensions that were chosen, with parameters of the server's own",
        ],
      },
      {
        binds: "server",
        text: "Extensions not listed by the client MUST NOT be listed.",
        tests: [
          "handshake/response.test.ts > upgradeResponse > refuses the extension %j, which was not offered",
          "connection/extension.test.ts > nothing is compressed unless both ends ask for it: server %o, client %o",
        ],
      },
      {
        binds: "server",
        text: `
          If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP response indicating
          the following.
        `,
        tests: [
          "handshake/response.test.ts > upgradeResponse > is the answer of §1.3, byte for byte",
          "conversations/handshake.test.ts > a client of ws, our server > opens, with a subprotocol and an extension",
        ],
      },
      {
        binds: "server",
        text: "A Status-Line with a 101 response code as per RFC 2616 [RFC2616].",
        tests: ["handshake/response.test.ts > upgradeResponse > is the answer of §1.3, byte for byte"],
      },
      {
        binds: "server",
        text: 'An |Upgrade| header field with value "websocket" as per RFC 2616 [RFC2616].',
        tests: ["handshake/response.test.ts > upgradeResponse > is the answer of §1.3, byte for byte"],
      },
      {
        binds: "server",
        text: 'A |Connection| header field with value "Upgrade".',
        tests: ["handshake/response.test.ts > upgradeResponse > is the answer of §1.3, byte for byte"],
      },
      {
        binds: "server",
        text: `
          The value of this header field is constructed by concatenating /key/, defined above in step 4 in Section
          4.2.2, with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", taking the SHA-1 hash of this concatenated
          value to obtain a 20-byte value and base64-encoding (see Section 4 of [RFC4648]) this 20-byte hash.
        `,
        tests: [
          "handshake/key.test.ts > acceptKey > answers %s with %s",
          "handshake/response.test.ts > upgradeResponse > is the answer of §1.3, byte for byte",
        ],
      },
    ],
  },
  "4.3": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: `
          ; When using the quoted-string syntax variant, the value ; after quoted-string unescaping MUST conform to
          the ; 'token' ABNF.
        `,
        tests: [
          "handshake/extensions.test.ts > parseExtensions > refuses %s",
          "handshake/extensions.test.ts > formatExtensions > refuses %j anywhere",
        ],
      },
    ],
  },
  "4.4": {
    musts: 1,
    requirements: [
      {
        binds: "server",
        text: `
          If the server doesn't support the requested version, it MUST respond with a |Sec-WebSocket-Version| header
          field (or multiple |Sec-WebSocket-Version| header fields) containing all versions it is willing to use.
        `,
        tests: [
          "handshake/request.test.ts > another version is 426, naming the one there is (§4.4) > %s",
          "handshake/request.test.ts > the versions of the drafts, on request > %j is answered with all there are (§4.4)",
        ],
      },
    ],
  },
  "5.1": {
    musts: 4,
    requirements: [
      {
        binds: "client",
        text: `
          To avoid confusing network intermediaries (such as intercepting proxies) and for security reasons that are
          further discussed in Section 10.3, a client MUST mask all frames that it sends to the server (see Section
          5.3 for further details).
        `,
        tests: [
          "connection/frames.test.ts > a %s > masks every frame, control frames and its answers too, with a fresh key, if it is a client",
        ],
      },
      {
        binds: "server",
        text: "The server MUST close the connection upon receiving a frame that is not masked.",
        tests: [
          "connection/frames.test.ts > a %s > closes with 1002 upon a frame of opcode %d with the other role's mask bit",
          "frame/decoder-rules.test.ts > as a %s > a frame of opcode %d with the other role's mask bit",
        ],
      },
      {
        binds: "server",
        text: "A server MUST NOT mask any frames that it sends to the client.",
        tests: [
          "connection/frames.test.ts > a %s > masks every frame, control frames and its answers too, with a fresh key, if it is a client",
          "frame/encoder.test.ts > masking keys (§5.3) > a server's frames have none",
        ],
      },
      {
        binds: "client",
        text: "A client MUST close a connection if it detects a masked frame.",
        tests: [
          "connection/frames.test.ts > a %s > closes with 1002 upon a frame of opcode %d with the other role's mask bit",
          "frame/decoder-rules.test.ts > as a %s > MASK_REQUIRED and MASK_FORBIDDEN: on an empty frame too",
        ],
      },
    ],
  },
  "5.2": {
    musts: 10,
    requirements: [
      {
        binds: "both",
        text: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values.",
        tests: [
          "frame/encoder.test.ts > as a %s > every kind of frame has its opcode and bits",
          "connection/connection.test.ts > what is sent > in one turn leaves as one write",
        ],
      },
      {
        binds: "both",
        text: `
          If a nonzero value is received and none of the negotiated extensions defines the meaning of such a nonzero
          value, the receiving endpoint MUST _Fail the WebSocket Connection_.
        `,
        tests: [
          "frame/decoder-rules.test.ts > as a %s > RESERVED_BITS: rsv %d without an extension",
          "frame/decoder-rules.test.ts > as a %s > RESERVED_BITS: a bit beside those negotiated",
          "extension/decompression.test.ts > a decoder without the extension refuses what is compressed; an encoder's frames are read by one with it",
        ],
      },
      {
        binds: "both",
        text: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_.",
        tests: [
          "frame/decoder-rules.test.ts > as a %s > RESERVED_OPCODE: %d",
          "connection/frames.test.ts > a %s > looks at nothing after a violation, not even at a Close",
        ],
      },
      {
        binds: "both",
        text: `
          If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most significant bit MUST be 0)
          are the payload length.
        `,
        tests: ["frame/decoder-rules.test.ts > as a %s > LENGTH_TOP_BIT: %d bytes announced"],
      },
      {
        binds: "both",
        text: `
          Note that in all cases, the minimal number of bytes MUST be used to encode the length, for example, the
          length of a 124-byte-long string can't be encoded as the sequence 126, 0, 124.
        `,
        tests: [
          "frame/header.test.ts > writeHeader and headerLengthFor > write a length of %d in its shortest form (§5.2)",
          "frame/encoder.test.ts > as a %s > %d bytes of binary",
          "frame/decoder-rules.test.ts > as a %s > LENGTH_NOT_MINIMAL: the %d-bit form for %d bytes",
        ],
      },
      {
        binds: "others",
        text: `
          Any extension MUST specify the length of the "Extension data", or how that length may be calculated, and how
          the extension use MUST be negotiated during the opening handshake.
        `,
        why: "It binds the documents that define extensions.",
      },
      {
        binds: "both",
        text: "frame-rsv1 = %x0 / %x1 ; 1 bit in length, MUST be 0 unless ; negotiated otherwise",
        tests: [
          "frame/encoder.test.ts > as a %s > every kind of frame has its opcode and bits",
          "frame/decoder-rules.test.ts > as a %s > RESERVED_BITS: rsv %d without an extension",
        ],
      },
      {
        binds: "both",
        text: "frame-rsv2 = %x0 / %x1 ; 1 bit in length, MUST be 0 unless ; negotiated otherwise",
        tests: [
          "frame/encoder.test.ts > as a %s > every kind of frame has its opcode and bits",
          "frame/decoder-rules.test.ts > as a %s > RESERVED_BITS: rsv %d without an extension",
        ],
      },
      {
        binds: "both",
        text: "frame-rsv3 = %x0 / %x1 ; 1 bit in length, MUST be 0 unless ; negotiated otherwise",
        tests: [
          "frame/encoder.test.ts > as a %s > every kind of frame has its opcode and bits",
          "frame/decoder-rules.test.ts > as a %s > RESERVED_BITS: rsv %d without an extension",
        ],
      },
    ],
  },
  "5.3": {
    musts: 4,
    requirements: [
      {
        binds: "client",
        text: "A masked frame MUST have the field frame-masked set to 1, as defined in Section 5.2.",
        tests: [
          "connection/frames.test.ts > a %s > masks every frame, control frames and its answers too, with a fresh key, if it is a client",
          "frame/encoder.test.ts > as a %s > every kind of frame has its opcode and bits",
        ],
      },
      {
        binds: "client",
        text: `
          When preparing a masked frame, the client MUST pick a fresh masking key from the set of allowed 32-bit
          values.
        `,
        tests: [
          "frame/encoder.test.ts > masking keys (§5.3) > each of a client's frames has a fresh one",
          "connection/frames.test.ts > a %s > masks every frame, control frames and its answers too, with a fresh key, if it is a client",
          "frame/prepared.test.ts > a client masks it with a fresh key each time",
          "connection/connection.test.ts > what is sent > and was prepared is masked anew for each client",
        ],
      },
      {
        binds: "client",
        text: `
          The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong source of
          entropy, and the masking key for a given frame MUST NOT make it simple for a server/proxy to predict the
          masking key for a subsequent frame.
        `,
        tests: [
          "frame/masking-key.test.ts > keys come from crypto.getRandomValues and never from Math.random",
          "frame/masking-key.test.ts > no key of a batch comes twice, and every bit of a key varies",
        ],
      },
    ],
  },
  "5.4": {
    musts: 11,
    requirements: [
      {
        binds: "both",
        text: `
          One implication of this is that in absence of extensions, senders and receivers must not depend on the
          presence of specific frame boundaries.
        `,
        tests: [
          "message/message.test.ts > text() of %j, whole, split and fragmented, from a Uint8Array and from a Buffer",
          "message/decoder.test.ts > as a %s > fragments with control frames between them, cut inside a character",
        ],
      },
      {
        binds: "both",
        text: "Control frames themselves MUST NOT be fragmented.",
        tests: [
          "frame/decoder-rules.test.ts > as a %s > FRAGMENTED_CONTROL: opcode %d without FIN",
          "connection/connection.test.ts > what is sent > is refused where it cannot stand",
        ],
      },
      {
        binds: "both",
        text: "Message fragments MUST be delivered to the recipient in the order sent by the sender.",
        tests: [
          "connection/frames.test.ts > a %s > sets FIN on the last frame of a message, and its type on the first",
          "message/decoder.test.ts > as a %s > fragments with control frames between them, cut inside a character",
        ],
      },
      {
        binds: "both",
        text: `
          The fragments of one message MUST NOT be interleaved between the fragments of another message unless an
          extension has been negotiated that can interpret the interleaving.
        `,
        tests: [
          "connection/connection.test.ts > what is sent > in fragments lets control frames through and no other message",
          "frame/decoder-rules.test.ts > as a %s > EXPECTED_CONTINUATION: opcode %d inside a fragmented message",
        ],
      },
      {
        binds: "both",
        text: "An endpoint MUST be capable of handling control frames in the middle of a fragmented message.",
        tests: [
          "connection/frames.test.ts > a %s > answers a Ping with its payload, at once, also in the middle of a message of either side",
          "message/decoder.test.ts > as a %s > fragments with control frames between them, cut inside a character",
        ],
      },
      {
        binds: "both",
        text: "Clients and servers MUST support receiving both fragmented and unfragmented messages.",
        tests: [
          "message/decoder.test.ts > as a %s > whole messages of both types, empty ones too",
          "message/decoder.test.ts > as a %s > fragments with control frames between them, cut inside a character",
        ],
      },
      {
        binds: "others",
        text: `
          As control frames cannot be fragmented, an intermediary MUST NOT attempt to change the fragmentation of a
          control frame.
        `,
        why: "It binds intermediaries: this library makes endpoints.",
      },
      {
        binds: "others",
        text: `
          An intermediary MUST NOT change the fragmentation of a message if any reserved bit values are used and the
          meaning of these values is not known to the intermediary.
        `,
        why: "It binds intermediaries: this library makes endpoints.",
      },
      {
        binds: "others",
        text: `
          An intermediary MUST NOT change the fragmentation of any message in the context of a connection where
          extensions have been negotiated and the intermediary is not aware of the semantics of the negotiated
          extensions.
        `,
        why: "It binds intermediaries: this library makes endpoints.",
      },
      {
        binds: "others",
        text: `
          Similarly, an intermediary that didn't see the WebSocket handshake (and wasn't notified about its content)
          that resulted in a WebSocket connection MUST NOT change the fragmentation of any message of such connection.
        `,
        why: "It binds intermediaries: this library makes endpoints.",
      },
      {
        binds: "both",
        text: `
          Since control frames cannot be fragmented, the type for all fragments in a message MUST be either text,
          binary, or one of the reserved opcodes.
        `,
        tests: [
          "frame/encoder.test.ts > as a %s > fragments > of %d bytes: first the opcode, then continuations, FIN on the last",
          "connection/frames.test.ts > a %s > sets FIN on the last frame of a message, and its type on the first",
          "frame/decoder-rules.test.ts > as a %s > UNEXPECTED_CONTINUATION: with nothing to continue, FIN %s",
        ],
      },
    ],
  },
  "5.5": {
    musts: 2,
    requirements: [
      {
        binds: "both",
        text: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented.",
        tests: [
          "frame/decoder-rules.test.ts > as a %s > CONTROL_TOO_LONG: opcode %d with 126 bytes",
          "frame/decoder-rules.test.ts > as a %s > FRAGMENTED_CONTROL: opcode %d without FIN",
          "connection/connection.test.ts > what is sent > is refused where it cannot stand",
          "frame/encoder-misuse.test.ts > a %s's encoder > %s is a RangeError that names the argument",
        ],
      },
    ],
  },
  "5.5.1": {
    musts: 7,
    requirements: [
      {
        binds: "both",
        text: `
          If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network byte
          order) representing a status code with value /code/ defined in Section 7.4.
        `,
        tests: [
          "frame/close-payload.test.ts > encodeClosePayload > is the code in network order, then the reason in UTF-8",
          "message/close.test.ts > as a %s > a Close of one byte is truncated",
          "message/close.test.ts > as a %s > code %s must not be sent",
        ],
      },
      {
        binds: "others",
        text: "As the data is not guaranteed to be human readable, clients MUST NOT show it to end users.",
        why: "It binds whoever makes a user interface.",
      },
      {
        binds: "client",
        text: "Close frames sent from client to server must be masked as per Section 5.3.",
        tests: [
          "connection/frames.test.ts > a %s > masks every frame, control frames and its answers too, with a fresh key, if it is a client",
        ],
      },
      {
        binds: "both",
        text: "The application MUST NOT send any more data frames after sending a Close frame.",
        tests: [
          "connection/connection.test.ts > the closing handshake > nothing is sent after a Close, not even a Pong",
          "connection/frames.test.ts > a %s > breaks a message in fragments off when it closes",
        ],
      },
      {
        binds: "both",
        text: `
          If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a
          Close frame in response.
        `,
        tests: [
          "connection/connection.test.ts > the closing handshake > begun by the %s is answered with the same code; the server ends first",
          "connection/connection.test.ts > the closing handshake > both sides may begin it at once",
          "connection/timing.test.ts > one half of the connection of a %s ends first > the peer's, with its Close: ours still goes out, and the end is clean",
        ],
      },
      {
        binds: "both",
        text: `
          After both sending and receiving a Close message, an endpoint considers the WebSocket connection closed and
          MUST close the underlying TCP connection.
        `,
        tests: [
          "connection/connection.test.ts > the closing handshake > begun by the %s is answered with the same code; the server ends first",
          "connection/timing.test.ts > the peer of a %s is given up after closeTimeout > when it answers our Close and never ends the stream",
        ],
      },
      {
        binds: "server",
        text: `
          The server MUST close the underlying TCP connection immediately; the client SHOULD wait for the server to
          close the connection but MAY close the connection at any time after sending and receiving a Close message,
          e.g., if it has not received a TCP Close from the server in a reasonable time period.
        `,
        tests: [
          "connection/connection.test.ts > the closing handshake > begun by the %s is answered with the same code; the server ends first",
          "connection/timing.test.ts > one half of the connection of a %s ends first > a server's: what the peer still says is passed over until its own end",
          "node/socket-connection.test.ts > the end > of a peer that closes is answered, and the socket is ended",
          "connection/connection.test.ts > the closing handshake > a client waits for the server to end, and gives up in time",
        ],
      },
    ],
  },
  "5.5.2": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: `
          Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a
          Close frame.
        `,
        tests: [
          "connection/frames.test.ts > a %s > answers a Ping with its payload, at once, also in the middle of a message of either side",
          "connection/connection.test.ts > the closing handshake > a Ping that waits for its Pong is answered before the Close",
          "connection/connection.test.ts > the closing handshake > nothing is sent after a Close, not even a Pong",
        ],
        why: "After our own Close none is sent: §1.4 has a peer send no further data then.",
      },
    ],
  },
  "5.5.3": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: `
          A Pong frame sent in response to a Ping frame must have identical "Application data" as found in the message
          body of the Ping frame being replied to.
        `,
        tests: [
          "connection/frames.test.ts > a %s > answers a Ping with its payload, at once, also in the middle of a message of either side",
          "connection/connection.test.ts > Ping and Pong > only the newest of many Pings is answered",
        ],
      },
    ],
  },
  "5.6": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: `
          Note that a particular text frame might include a partial UTF-8 sequence; however, the whole message MUST
          contain valid UTF-8.
        `,
        tests: [
          "frame/encoder.test.ts > as a %s > an unpaired surrogate becomes U+FFFD (%#)",
          "frame/decoder-rules.test.ts > as a %s > INVALID_UTF8: a message that ends inside a character fails at its end",
          "frame/decoder-rules.test.ts > as a %s > INVALID_UTF8: an empty last fragment that leaves a character unfinished",
          "message/decoder.test.ts > as a %s > fragments with control frames between them, cut inside a character",
        ],
        why: "What is sent as bytes is the caller's own UTF-8, and is not looked at.",
      },
    ],
  },
  "5.7": {
    musts: 0,
    requirements: [],
  },
  "5.8": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: "The endpoints of a connection MUST negotiate the use of any extensions during the opening handshake.",
        tests: [
          "connection/extension.test.ts > nothing is compressed unless both ends ask for it: server %o, client %o",
          "extension/decompression.test.ts > a decoder without the extension refuses what is compressed; an encoder's frames are read by one with it",
        ],
      },
    ],
  },
  "6.1": {
    musts: 8,
    requirements: [
      {
        binds: "both",
        text: `
          To _Send a WebSocket Message_ comprising of /data/ over a WebSocket connection, an endpoint MUST perform the
          following steps.
        `,
        tests: ["connection/connection.test.ts > exchange messages, %i bytes at a time"],
      },
      {
        binds: "both",
        text: "The endpoint MUST ensure the WebSocket connection is in the OPEN state (cf. Sections 4.1 and 4.2.2.)",
        tests: [
          "connection/opening.test.ts > the opening handshake > opens both ends, %i bytes at a time",
          "connection/connection.test.ts > the closing handshake > nothing is sent after a Close, not even a Pong",
        ],
      },
      {
        binds: "both",
        text: `
          If at any point the state of the WebSocket connection changes, the endpoint MUST abort the following steps.
        `,
        tests: [
          "connection/frames.test.ts > a %s > breaks a message in fragments off when it closes",
          "connection/connection.test.ts > an end without a Close > by abort drops what waits, and gives back what a message held",
        ],
      },
      {
        binds: "both",
        text: "An endpoint MUST encapsulate the /data/ in a WebSocket frame as defined in Section 5.2.",
        tests: ["frame/encoder.test.ts > as a %s > %d bytes of binary", "frame/encoder.test.ts > as a %s > text: %s"],
      },
      {
        binds: "both",
        text: `
          The opcode (frame-opcode) of the first frame containing the data MUST be set to the appropriate value from
          Section 5.2 for data that is to be interpreted by the recipient as text or binary data.
        `,
        tests: [
          "connection/frames.test.ts > a %s > sets FIN on the last frame of a message, and its type on the first",
          "frame/encoder.test.ts > as a %s > fragments > of %d bytes: first the opcode, then continuations, FIN on the last",
        ],
      },
      {
        binds: "both",
        text: `
          The FIN bit (frame-fin) of the last frame containing the data MUST be set to 1 as defined in Section 5.2.
        `,
        tests: [
          "connection/frames.test.ts > a %s > sets FIN on the last frame of a message, and its type on the first",
          "frame/encoder.test.ts > as a %s > fragments > of %d bytes: first the opcode, then continuations, FIN on the last",
        ],
      },
      {
        binds: "client",
        text: "If the data is being sent by the client, the frame(s) MUST be masked as defined in Section 5.3.",
        tests: [
          "connection/frames.test.ts > a %s > masks every frame, control frames and its answers too, with a fresh key, if it is a client",
        ],
      },
      {
        binds: "both",
        text: "The frame(s) that have been formed MUST be transmitted over the underlying network connection.",
        tests: [
          "connection/connection.test.ts > what is sent > in one turn leaves as one write",
          "node/socket-connection.test.ts > what is sent > in one turn goes out in one write, with the next",
        ],
      },
    ],
  },
  "6.2": {
    musts: 5,
    requirements: [
      {
        binds: "both",
        text: "Incoming data MUST be parsed as WebSocket frames as defined in Section 5.2.",
        tests: [
          "frame/decoder.test.ts > as a %s > frames of every opcode, empty ones too, one after the other",
          "frame/decoder.test.ts > as a %s > a payload of %d bytes at every split",
        ],
      },
      {
        binds: "both",
        text: "If a control frame (Section 5.5) is received, the frame MUST be handled as defined by Section 5.5.",
        tests: [
          "connection/frames.test.ts > a %s > answers a Ping with its payload, at once, also in the middle of a message of either side",
          "connection/connection.test.ts > the closing handshake > begun by the %s is answered with the same code; the server ends first",
          "connection/connection.test.ts > Ping and Pong > a Pong nobody asked for is delivered as such",
        ],
      },
      {
        binds: "both",
        text: `
          Upon receiving a data frame (Section 5.6), the endpoint MUST note the /type/ of the data as defined by the
          opcode (frame-opcode) from Section 5.2.
        `,
        tests: [
          "message/decoder.test.ts > as a %s > whole messages of both types, empty ones too",
          "message/decoder.test.ts > as a %s > fragments with control frames between them, cut inside a character",
        ],
      },
      {
        binds: "both",
        text: "Subsequent data frames MUST be interpreted as belonging to a new WebSocket message.",
        tests: [
          "frame/decoder-rules.test.ts > as a %s > UNEXPECTED_CONTINUATION: after the last fragment of a message",
          "message/decoder.test.ts > as a %s > many messages in one chunk, more than the record table holds",
        ],
      },
      {
        binds: "server",
        text: "A server MUST remove masking for data frames received from a client as described in Section 5.3.",
        tests: [
          "frame/decoder.test.ts > the examples of §5.7 > a single-frame masked text message",
          "frame/decoder.test.ts > as a %s > a payload of %d bytes at every split",
        ],
      },
    ],
  },
  "7.1.1": {
    musts: 0,
    requirements: [],
  },
  "7.1.2": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: `
          To _Start the WebSocket Closing Handshake_ with a status code (Section 7.4) /code/ and an optional close
          reason (Section 7.1.6) /reason/, an endpoint MUST send a Close control frame, as described in Section 5.5.1,
          whose status code is set to /code/ and whose close reason is set to /reason/.
        `,
        tests: [
          "connection/connection.test.ts > the closing handshake > begun by the %s is answered with the same code; the server ends first",
          "connection/connection.test.ts > the closing handshake > %i may be sent and received",
        ],
      },
    ],
  },
  "7.1.3": {
    musts: 0,
    requirements: [],
  },
  "7.1.4": {
    musts: 0,
    requirements: [],
  },
  "7.1.5": {
    musts: 0,
    requirements: [
      {
        binds: "both",
        text: `
          If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered to
          be 1005.
        `,
        tests: [
          "connection/connection.test.ts > the closing handshake > a Close without a code is answered with one without, and is 1005 here",
          "message/close.test.ts > as a %s > an empty Close is 1005",
        ],
      },
      {
        binds: "both",
        text: `
          If _The WebSocket Connection is Closed_ and no Close control frame was received by the endpoint (such as
          could occur if the underlying transport connection is lost), _The WebSocket Connection Close Code_ is
          considered to be 1006.
        `,
        tests: [
          "connection/connection.test.ts > an end without a Close > by the stream is 1006, once, for the %s",
          "connection/timing.test.ts > one half of the connection of a %s ends first > the peer's, after our Close and without its own: 1006",
          "connection/timing.test.ts > the peer of a %s is given up after closeTimeout > when it never answers our Close, whatever else it says until then",
        ],
      },
    ],
  },
  "7.1.6": {
    musts: 0,
    requirements: [],
  },
  "7.1.7": {
    musts: 3,
    requirements: [
      {
        binds: "client",
        text: `
          To do so, the client MUST _Close the WebSocket Connection_, and MAY report the problem to the user (which
          would be especially useful for developers) in an appropriate manner.
        `,
        tests: [
          "connection/opening.test.ts > the opening handshake > of a client fails at %j, and its output ends",
          "connection/connection.test.ts > a violation > of the server's has the client wait for its end",
          "connection/timing.test.ts > the peer of a %s is given up after closeTimeout > when it broke a rule and never ends the stream",
        ],
      },
      {
        binds: "server",
        text: "Similarly, to do so, the server MUST _Close the WebSocket Connection_, and SHOULD log the problem.",
        tests: [
          "connection/connection.test.ts > a violation > is answered with its code and its reason; what precedes it is delivered, what follows is not",
          "connection/timing.test.ts > the peer of a %s is given up after closeTimeout > when it broke a rule and never ends the stream",
        ],
      },
      {
        binds: "both",
        text: `
          An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from the
          remote endpoint after being instructed to _Fail the WebSocket Connection_.
        `,
        tests: ["connection/frames.test.ts > a %s > looks at nothing after a violation, not even at a Close"],
      },
    ],
  },
  "7.2.1": {
    musts: 2,
    requirements: [
      {
        binds: "client",
        text: "To do so, the client MUST _Fail the WebSocket Connection_ as defined in Section 7.1.7.",
        tests: ["connection/opening.test.ts > the opening handshake > of a client fails at %j, and its output ends"],
      },
      {
        binds: "client",
        text: `
          If at any point the underlying transport layer connection is unexpectedly lost, the client MUST _Fail the
          WebSocket Connection_.
        `,
        tests: [
          "connection/connection.test.ts > an end without a Close > by the stream is 1006, once, for the %s",
          "connection/timing.test.ts > one half of the connection of a %s ends first > the peer's, in the middle of a frame: what waits still goes out, and nothing after it",
          "node/socket-connection.test.ts > the end > by a reset is told once",
        ],
      },
    ],
  },
  "7.2.2": {
    musts: 1,
    requirements: [
      {
        binds: "server",
        text: "To do so, the server MUST simply _Close the WebSocket Connection_ (Section 7.1.1).",
        tests: [
          "connection/opening.test.ts > the opening handshake > of a server answers %j with %s, and nothing after",
          "connection/opening.test.ts > the opening handshake > may be refused by what the server's own check finds; the client is told all of it",
        ],
      },
    ],
  },
  "7.2.3": {
    musts: 0,
    requirements: [],
  },
  "7.3": {
    musts: 0,
    requirements: [],
  },
  "7.4": {
    musts: 0,
    requirements: [],
  },
  "7.4.1": {
    musts: 3,
    requirements: [
      {
        binds: "both",
        text: "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint.",
        tests: [
          "connection/connection.test.ts > the closing handshake > %i may not be sent, and the connection stays open",
          "message/close.test.ts > as a %s > code %s must not be sent",
        ],
      },
      {
        binds: "both",
        text: "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint.",
        tests: [
          "connection/connection.test.ts > the closing handshake > %i may not be sent, and the connection stays open",
          "message/close.test.ts > as a %s > code %s must not be sent",
        ],
      },
      {
        binds: "both",
        text: "1015 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint.",
        tests: [
          "connection/connection.test.ts > the closing handshake > %i may not be sent, and the connection stays open",
          "message/close.test.ts > as a %s > code %s must not be sent",
        ],
      },
    ],
  },
  "7.4.2": {
    musts: 0,
    requirements: [],
  },
  "8.1": {
    musts: 1,
    requirements: [
      {
        binds: "both",
        text: `
          When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a
          valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.
        `,
        tests: [
          "connection/timing.test.ts > invalid UTF-8 is refused by a %s > at its byte, with the rest of the frame or of the message still to come: %s",
          "connection/timing.test.ts > invalid UTF-8 is refused by a %s > in a later fragment, by what an earlier one began",
          "connection/timing.test.ts > invalid UTF-8 is refused by a %s > as it comes out of a compressed message",
          "connection/timing.test.ts > invalid UTF-8 is refused by a %s > in the reason of a Close",
          "frame/decoder-rules.test.ts > as a %s > INVALID_UTF8: %s",
        ],
      },
    ],
  },
};
