/**
 * How many times as long `work` takes for twice as much: 2 where time is in proportion, 4 where it is quadratic. Of several
 * runs the shortest counts, since whatever else the machine does only adds to one. The count grows until the clock can tell.
 */
export function timeRatio(work: (count: number) => unknown, least = 100_000): number {
  const shortest = (count: number): number =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const started = performance.now();
        work(count);
        return performance.now() - started;
      }),
    );
  let count = least;
  while (shortest(count) < 2 && count < 32 * least) count *= 2;
  return shortest(2 * count) / shortest(count);
}
