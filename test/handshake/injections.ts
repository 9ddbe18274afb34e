/** Every value that could end a line early, or that another recipient could read as a line's end (CVE-2026-1527 of
 *  another implementation). */
export const INJECTIONS = [
  "a\r\nX-Evil: 1",
  "a\nX-Evil: 1",
  "a\rX-Evil: 1",
  "a\0b",
  "a\u010d\u010aX-Evil: 1",
  "a\u0085b",
  "\u00ff",
];
