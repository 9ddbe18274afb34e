// RFC 3629 §4 as data, and the automaton it amounts to: what the kernels' UTF-8 is compared with. It shares nothing with
// them but the RFC.

/** Two bounds, both included. */
type Range = readonly [low: number, high: number];

const TAIL: Range = [0x80, 0xbf];

/** The productions of RFC 3629 §4, one alternative a line. */
const CHARACTERS: readonly (readonly Range[])[] = [
  [[0x00, 0x7f]], //                       UTF8-1 = %x00-7F
  [[0xc2, 0xdf], TAIL], //                 UTF8-2 = %xC2-DF UTF8-tail
  [[0xe0, 0xe0], [0xa0, 0xbf], TAIL], //   UTF8-3 = %xE0 %xA0-BF UTF8-tail /
  [[0xe1, 0xec], TAIL, TAIL], //                    %xE1-EC 2( UTF8-tail ) /
  [[0xed, 0xed], [0x80, 0x9f], TAIL], //            %xED %x80-9F UTF8-tail /
  [[0xee, 0xef], TAIL, TAIL], //                    %xEE-EF 2( UTF8-tail )
  [[0xf0, 0xf0], [0x90, 0xbf], TAIL, TAIL], // UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) /
  [[0xf1, 0xf3], TAIL, TAIL, TAIL], //                  %xF1-F3 3( UTF8-tail ) /
  [[0xf4, 0xf4], [0x80, 0x8f], TAIL, TAIL], //          %xF4 %x80-8F 2( UTF8-tail )
];

/** Between two characters. */
export const BOUNDARY = 0;
/** No byte can make it valid any more. */
export const INVALID = -1;

/** The state after `byte`, at `state * 256 + byte`. Found by following every alternative that still matches. */
const TRANSITIONS: readonly number[] = (() => {
  const states: (readonly (readonly Range[])[])[] = [CHARACTERS];
  const transitions: number[] = [];
  for (let state = 0; state < states.length; state++) {
    for (let byte = 0; byte < 256; byte++) {
      const matching = states[state].filter(([[low, high]]) => byte >= low && byte <= high);
      const rest = matching.map((character) => character.slice(1));
      if (rest.length === 0) transitions.push(INVALID);
      else if (rest.some((character) => character.length === 0)) transitions.push(BOUNDARY);
      else {
        const known = states.findIndex((other) => JSON.stringify(other) === JSON.stringify(rest));
        transitions.push(known < 0 ? states.push(rest) - 1 : known);
      }
    }
  }
  return transitions;
})();

/** The state after `byte`: BOUNDARY, INVALID, or inside a character. */
export function step(state: number, byte: number): number {
  return TRANSITIONS[state * 256 + byte];
}

/** The state after `bytes[start, end)`. */
export function run(bytes: ArrayLike<number>, start = 0, end: number = bytes.length, from: number = BOUNDARY): number {
  let state = from;
  for (let at = start; at < end && state !== INVALID; at++) state = step(state, bytes[at]);
  return state;
}

/** The position of the first byte that cannot follow, or `undefined` when all of them can. */
export function firstFault(bytes: ArrayLike<number>): number | undefined {
  let state = BOUNDARY;
  for (let at = 0; at < bytes.length; at++) {
    state = step(state, bytes[at]);
    if (state === INVALID) return at;
  }
  return undefined;
}

/** Bytes on both sides of every bound in the grammar: each tells something apart that no other does. */
export const REPRESENTATIVES: readonly number[] = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
  0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
];
