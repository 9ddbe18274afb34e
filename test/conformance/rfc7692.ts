import type { Section } from "./section.ts";

/** Every MUST of RFC 7692 §7 and §8, in its order, word for word. */
export const RFC_7692: Readonly<Record<string, Section>> = {
  "7": {
    musts: 2,
    requirements: [
      {
        binds: "server",
        text: `
          A server MUST decline an extension negotiation offer for this extension if any of the following conditions
          are met:
        `,
        tests: [
          "extension/negotiation.test.ts > %s > is declined, and the next offer is taken",
          "extension/negotiation.test.ts > a server declines > %s",
        ],
      },
      {
        binds: "server",
        text: "The negotiation offer contains an extension parameter not defined for use in an offer.",
        tests: ["extension/negotiation.test.ts > %s > is declined, and the next offer is taken"],
      },
      {
        binds: "server",
        text: "The negotiation offer contains an extension parameter with an invalid value.",
        tests: ["extension/negotiation.test.ts > %s > is declined, and the next offer is taken"],
      },
      {
        binds: "server",
        text: "The negotiation offer contains multiple extension parameters with the same name.",
        tests: ["extension/negotiation.test.ts > %s > is declined, and the next offer is taken"],
      },
      {
        binds: "server",
        text: "The server doesn't support the offered configuration.",
        tests: [
          "extension/negotiation.test.ts > a server declines > %s",
          "extension/negotiation.test.ts > a server declines > but takes the first offer that it can",
        ],
      },
      {
        binds: "client",
        text: `
          A client MUST _Fail the WebSocket Connection_ if the peer server accepted an extension negotiation offer for
          this extension with an extension negotiation response meeting any of the following conditions:
        `,
        tests: [
          "extension/negotiation.test.ts > %s > in an answer fails the connection",
          "extension/negotiation.test.ts > a client > fails on %s with %j",
          "connection/extension.test.ts > an answer that the offer does not allow fails the opening handshake: %s",
        ],
      },
      {
        binds: "client",
        text: "The negotiation response contains an extension parameter not defined for use in a response.",
        tests: ["extension/negotiation.test.ts > %s > in an answer fails the connection"],
      },
      {
        binds: "client",
        text: "The negotiation response contains an extension parameter with an invalid value.",
        tests: ["extension/negotiation.test.ts > %s > in an answer fails the connection"],
      },
      {
        binds: "client",
        text: "The negotiation response contains multiple extension parameters with the same name.",
        tests: ["extension/negotiation.test.ts > %s > in an answer fails the connection"],
      },
      {
        binds: "client",
        text: "The client does not support the configuration that the response represents.",
        tests: ["extension/negotiation.test.ts > a client > fails on %s with %j"],
      },
    ],
  },
  "7.1.1.1": {
    musts: 0,
    requirements: [
      {
        binds: "server",
        text: `
          A server accepts an extension negotiation offer that includes the "server_no_context_takeover" extension
          parameter by including the "server_no_context_takeover" extension parameter in the corresponding extension
          negotiation response to send back to the client.
        `,
        tests: [
          "extension/negotiation.test.ts > a server answers > %s with %j: %s",
          "extension/negotiation.test.ts > a client > fails on %s with %j",
        ],
      },
    ],
  },
  "7.1.1.2": {
    musts: 1,
    requirements: [
      {
        binds: "client",
        text: `
          A client MUST support the "client_no_context_takeover" extension parameter in an extension negotiation
          response.
        `,
        tests: [
          "extension/negotiation.test.ts > a client > accepts %s with %j",
          "extension/negotiation.test.ts > what was agreed on is what happens > %j",
        ],
      },
    ],
  },
  "7.1.2.1": {
    musts: 2,
    requirements: [
      {
        binds: "client",
        text: `
          This parameter has a decimal integer value without leading zeroes between 8 to 15, inclusive, indicating the
          base-2 logarithm of the LZ77 sliding window size, and MUST conform to the ABNF below.
        `,
        tests: [
          "extension/negotiation.test.ts > a client offers > %j: %s",
          "extension/negotiation.test.ts > %s > is declined, and the next offer is taken",
        ],
      },
      {
        binds: "server",
        text: `
          The "server_max_window_bits" extension parameter in an extension negotiation response has a decimal integer
          value without leading zeroes between 8 to 15, inclusive, indicating the base-2 logarithm of the LZ77 sliding
          window size, and MUST conform to the ABNF below.
        `,
        tests: [
          "extension/negotiation.test.ts > a server answers > %s with %j: %s",
          "extension/negotiation.test.ts > %s > in an answer fails the connection",
        ],
      },
    ],
  },
  "7.1.2.2": {
    musts: 3,
    requirements: [
      {
        binds: "client",
        text: "If a value is specified for this parameter, the value MUST conform to the ABNF below.",
        tests: [
          "extension/negotiation.test.ts > a client offers > %j: %s",
          "extension/negotiation.test.ts > %s > is declined, and the next offer is taken",
        ],
      },
      {
        binds: "server",
        text: `
          The "client_max_window_bits" extension parameter in an extension negotiation response has a decimal integer
          value without leading zeroes between 8 to 15 inclusive indicating the base-2 logarithm of the LZ77 sliding
          window size and MUST conform to the ABNF below.
        `,
        tests: [
          "extension/negotiation.test.ts > a server answers > %s with %j: %s",
          "extension/negotiation.test.ts > %s > in an answer fails the connection",
        ],
      },
      {
        binds: "server",
        text: `
          If a received extension negotiation offer doesn't have the "client_max_window_bits" extension parameter, the
          corresponding extension negotiation response to the offer MUST NOT include the "client_max_window_bits"
          extension parameter.
        `,
        tests: [
          "extension/negotiation.test.ts > a server answers > %s with %j: %s",
          "extension/negotiation.test.ts > a server declines > %s",
        ],
      },
    ],
  },
  "7.1.3": {
    musts: 1,
    requirements: [
      {
        binds: "server",
        text: `
          Since the "client_max_window_bits" extension parameter is not included in this extension negotiation offer,
          the server must not accept the offer with an extension negotiation response that includes the
          "client_max_window_bits" extension parameter.
        `,
        tests: [
          "extension/negotiation.test.ts > a server answers > %s with %j: %s",
          "extension/negotiation.test.ts > a server declines > %s",
        ],
      },
    ],
  },
  "7.2.1": {
    musts: 7,
    requirements: [
      {
        binds: "both",
        text: `
          If the resulting data does not end with an empty DEFLATE block with no compression (the "BTYPE" bits are set
          to 00), append an empty DEFLATE block with no compression to the tail end.
        `,
        tests: ["extension/rfc7692.test.ts > are what a %s sends"],
      },
      {
        binds: "both",
        text: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end.",
        tests: [
          "extension/rfc7692.test.ts > are what a %s sends",
          "extension/compression.test.ts > messages of any size, whole and in fragments, are what Node's zlib reads (property)",
        ],
      },
      {
        binds: "both",
        text: `
          When any DEFLATE block with the "BFINAL" bit set to 1 doesn't end at a byte boundary, an endpoint MUST add
          minimal padding bits of 0 to make it end at a byte boundary.
        `,
        tests: [
          "extension/decompression.test.ts > blocks with BFINAL set > several in one message, each with what follows it",
        ],
        why: "We send no block with BFINAL set; such as come are read.",
      },
      {
        binds: "both",
        text: "Note that for non-final fragments, the removal of 0x00 0x00 0xff 0xff MUST NOT be done.",
        tests: [
          "extension/compression.test.ts > messages of any size, whole and in fragments, are what Node's zlib reads (property)",
          "connection/extension.test.ts > a connection that compresses with $name > sends fragments, with a Ping between",
        ],
      },
      {
        binds: "both",
        text: "An endpoint MUST NOT use an LZ77 sliding window longer than 32,768 bytes to compress messages to send.",
        tests: [
          "extension/compression.test.ts > messages of any size, whole and in fragments, are what Node's zlib reads (property)",
          "extension/negotiation.test.ts > what was agreed on is what happens > %j",
        ],
      },
      {
        binds: "client",
        text: `
          If the "agreed parameters" contain the "client_no_context_takeover" extension parameter, the client MUST
          start compressing each new message with an empty LZ77 sliding window.
        `,
        tests: ["extension/negotiation.test.ts > what was agreed on is what happens > %j"],
      },
      {
        binds: "server",
        text: `
          If the "agreed parameters" contain the "server_no_context_takeover" extension parameter, the server MUST
          start compressing each new message with an empty LZ77 sliding window.
        `,
        tests: ["extension/negotiation.test.ts > what was agreed on is what happens > %j"],
      },
      {
        binds: "client",
        text: `
          If the "agreed parameters" contain the "client_max_window_bits" extension parameter with a value of w, the
          client MUST NOT use an LZ77 sliding window longer than the w-th power of 2 bytes to compress messages to
          send.
        `,
        tests: [
          "extension/negotiation.test.ts > what was agreed on is what happens > %j",
          "extension/known-faults.test.ts > a window of 8 bits is not quietly compressed for with 9",
        ],
      },
      {
        binds: "server",
        text: `
          If the "agreed parameters" contain the "server_max_window_bits" extension parameter with a value of w, the
          server MUST NOT use an LZ77 sliding window longer than the w-th power of 2 bytes to compress messages to
          send.
        `,
        tests: [
          "extension/negotiation.test.ts > what was agreed on is what happens > %j",
          "extension/negotiation.test.ts > a server declines > %s",
        ],
      },
    ],
  },
  "7.2.2": {
    musts: 6,
    requirements: [
      {
        binds: "both",
        text: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message.",
        tests: ["extension/rfc7692.test.ts > read by a %s > §7.2.3.1: a message compressed using one compressed block"],
      },
      {
        binds: "client",
        text: `
          Otherwise, the client MUST decompress each new message using the LZ77 sliding window used to process the
          last compressed message.
        `,
        tests: [
          "extension/rfc7692.test.ts > read by a %s > §7.2.3.2: sharing the LZ77 sliding window",
          "extension/negotiation.test.ts > what was agreed on is what happens > %j",
        ],
      },
      {
        binds: "server",
        text: `
          Otherwise, the server MUST decompress each new message using the LZ77 sliding window used to process the
          last compressed message.
        `,
        tests: [
          "extension/rfc7692.test.ts > read by a %s > §7.2.3.2: sharing the LZ77 sliding window",
          "extension/decompression.test.ts > a peer's messages with context takeover, in any sizes, pieces and levels (property)",
        ],
      },
      {
        binds: "server",
        text: `
          Note that even if the client has included the "client_no_context_takeover" extension parameter in its offer,
          the server MUST decompress each new message using the LZ77 sliding window used to process the last
          compressed message if the "agreed parameters" don't contain the "client_no_context_takeover" extension
          parameter.
        `,
        tests: ["extension/negotiation.test.ts > a server answers > %s with %j: %s"],
        why: "Our server never leaves this hint out of its answer.",
      },
      {
        binds: "client",
        text: "Otherwise, the client MUST use a 32,768-byte LZ77 sliding window to decompress received messages.",
        tests: ["extension/decompression.test.ts > a %s has the window of 32 768 bytes where nothing was agreed on"],
      },
      {
        binds: "server",
        text: "Otherwise, the server MUST use a 32,768-byte LZ77 sliding window to decompress received messages.",
        tests: [
          "extension/decompression.test.ts > a %s has the window of 32 768 bytes where nothing was agreed on",
          "extension/decompression.test.ts > windows of %d bits: what came so long ago can still be referred to",
        ],
      },
      {
        binds: "client",
        text: `
          Note that even if the client has included in its offer the "client_max_window_bits" extension parameter with
          a value smaller than one in the "agreed parameters", the client MUST use an LZ77 sliding window of a size
          that conforms the "agreed parameters" to compress messages to send.
        `,
        tests: [
          "extension/negotiation.test.ts > a client > fails on %s with %j",
          "extension/negotiation.test.ts > what was agreed on is what happens > %j",
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
  "8": {
    musts: 0,
    requirements: [],
  },
};
