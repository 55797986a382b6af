/** An entry of a multi-objective comparison; all objectives are minimised. */
export interface Point {
  readonly trial: number;
  readonly objectives: readonly number[];
}

/** True where `a` is nowhere worse than `b` and somewhere better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (x > y) return false;
    if (x < y) better = true;
  }
  return better;
}

/** Trials that no other dominates, in order of number. Of equal points the first stays. */
export function paretoFront(points: readonly Point[]): number[] {
  const front: Point[] = [];
  for (const point of points) {
    if (
      front.some((it) => dominates(it.objectives, point.objectives) || equal(it.objectives, point.objectives))
    )
      continue;
    for (let i = front.length - 1; i >= 0; i--) {
      const it = front[i];
      if (it !== undefined && dominates(point.objectives, it.objectives)) front.splice(i, 1);
    }
    front.push(point);
  }
  return front.map((it) => it.trial).sort((a, b) => a - b);
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.every((x, i) => x === b[i]);
}
