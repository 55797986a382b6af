/** True where `a` is at least as good as `b` everywhere and better somewhere; higher is better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? Number.NEGATIVE_INFINITY;
    if (value < other) return false;
    if (value > other) better = true;
  }
  return better;
}

/** Pareto fronts by index, the best first (Deb et al. 2002, fast non-dominated sorting). */
export function frontsOf(points: readonly (readonly number[])[]): number[][] {
  const below = points.map(() => [] as number[]);
  const above = points.map(() => 0);
  points.forEach((a, i) => {
    for (let j = i + 1; j < points.length; j++) {
      const b = points[j] ?? [];
      if (dominates(a, b)) {
        below[i]?.push(j);
        above[j] = (above[j] ?? 0) + 1;
      } else if (dominates(b, a)) {
        below[j]?.push(i);
        above[i] = (above[i] ?? 0) + 1;
      }
    }
  });
  const fronts: number[][] = [];
  let front = above.flatMap((count, i) => (count === 0 ? [i] : []));
  while (front.length > 0) {
    fronts.push(front);
    const next: number[] = [];
    for (const i of front) {
      for (const j of below[i] ?? []) {
        above[j] = (above[j] ?? 0) - 1;
        if (above[j] === 0) next.push(j);
      }
    }
    front = next.sort((a, b) => a - b);
  }
  return fronts;
}

/** How much room a point of a front has: the sum over objectives of the gap between its neighbours, each as a share. */
export function crowdingOf(points: readonly (readonly number[])[]): number[] {
  const room = points.map(() => 0);
  const objectives = points[0]?.length ?? 0;
  for (let k = 0; k < objectives; k++) {
    const at = (i: number | undefined) => (i === undefined ? 0 : (points[i]?.[k] ?? 0));
    const order = points.map((_, i) => i).sort((a, b) => at(a) - at(b) || a - b);
    const span = at(order.at(-1)) - at(order[0]);
    order.forEach((i, place) => {
      const inner = place > 0 && place < order.length - 1;
      const gap = !inner
        ? Number.POSITIVE_INFINITY
        : span === 0
          ? 0
          : (at(order[place + 1]) - at(order[place - 1])) / span;
      room[i] = (room[i] ?? 0) + gap;
    });
  }
  return room;
}

/** All indices in the order of NSGA-II's selection: by front, within a front by crowding, then by age. */
export function byRankAndCrowding(points: readonly (readonly number[])[]): number[] {
  return frontsOf(points).flatMap((front) => {
    const room = crowdingOf(front.map((i) => points[i] ?? []));
    return front
      .map((i, place) => ({ i, room: room[place] ?? 0 }))
      .sort((a, b) => (a.room === b.room ? a.i - b.i : b.room - a.room))
      .map(({ i }) => i);
  });
}
