/**
 * How many times as long `work` takes for twice as much: 2 where time is in proportion, 4 where it is quadratic. The count
 * grows until the clock can tell. Whatever else the machine does falls on either side, so that the least of several ratios
 * counts: what is quadratic reaches none that is low.
 */
export function timeRatio(work: (count: number) => unknown, least = 100_000): number {
  let count = least;
  while (shortest(work, count) < 2 && count < 32 * least) count *= 2;
  let ratio = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && ratio > 2.5; round++) {
    ratio = Math.min(ratio, shortest(work, 2 * count) / shortest(work, count));
  }
  return ratio;
}

function shortest(work: (count: number) => unknown, count: number): number {
  let time = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    work(count);
    time = Math.min(time, performance.now() - started);
  }
  return time;
}
