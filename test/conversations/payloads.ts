// Messages of every kind and length, and the line that each is when it has come back.

import { randomBytes } from "node:crypto";
import type { Message } from "../../src/index.ts";

export const PAYLOADS: readonly (string | Buffer)[] = [
  "",
  "a",
  "다람쥐 헌 쳇바퀴에 타고파. ".repeat(3000),
  '{"key": "value"}'.repeat(500),
  randomBytes(125),
  randomBytes(70_000),
  Buffer.alloc(2 ** 20, "wsimd "),
];

export const line = (message: Message): string =>
  message.type === "text" ? `text ${message.text()}` : `binary ${Buffer.from(message.data).toString("base64")}`;
export const wanted: readonly string[] = PAYLOADS.map((one) =>
  typeof one === "string" ? `text ${one}` : `binary ${one.toString("base64")}`,
);
