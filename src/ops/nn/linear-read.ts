/**
 * An image of `dims`, which begins at `from` in `data`, read linearly between its elements at a point; outside of it
 * are zeros.
 */
export function linearRead(
  data: Float64Array,
  from: number,
  dims: readonly number[],
  point: readonly number[],
): number {
  let sum = 0;
  // Bit a of a corner says whether it lies behind the point along axis a.
  for (let corner = 0; corner < 2 ** dims.length; corner++) {
    let weight = 1;
    let at = 0;
    for (const [a, length] of dims.entries()) {
      const place = point[a] ?? 0;
      const floor = Math.floor(place);
      const behind = (corner >> a) & 1;
      const index = floor + behind;
      weight *= index < 0 || index >= length ? 0 : behind === 1 ? place - floor : 1 - (place - floor);
      at = at * length + index;
    }
    if (weight !== 0) sum += weight * (data[from + at] ?? 0);
  }
  return sum;
}
