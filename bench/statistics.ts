/** The median of a sorted or unsorted list. @throws RangeError when it is empty. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Half the distance between the quartiles, as a part of the median: half of all values lie within about ± this. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);
}

/** Interpolates between the two values next to the place. */
function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError("no values");
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** How much `y` grows with `x`: the slope of the straight line that is nearest to the points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map((point) => point[0]));
  const y = mean(points.map((point) => point[1]));
  const products = points.map((point) => (point[0] - x) * (point[1] - y));
  const squares = points.map((point) => (point[0] - x) ** 2);
  return mean(products) / mean(squares);
}
