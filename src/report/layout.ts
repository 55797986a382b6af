/**
 * Layered layout from top to bottom for chains with branches. Boxes stand in rows (longest path from the
 * top); arrows that pass over rows run in lanes to the left of the boxes, short ones nearest. Small by
 * intention: blocks are collapsed before, so a level has a few dozen boxes at most.
 */
export interface LayoutInput {
  /** Widths that boxes ask for when they share a row. */
  readonly widths: readonly number[];
  /** `from` -1: the upper border; `to` = number of boxes: the lower border. */
  readonly links: readonly { readonly from: number; readonly to: number }[];
  /** Width of a box that has its row to itself; the level grows where boxes need more. */
  readonly width: number;
  readonly gap: number;
  readonly lane: number;
}

export interface Layout {
  /** Boxes of each row, from left to right. */
  readonly rows: readonly (readonly number[])[];
  readonly row: readonly number[];
  readonly x: readonly number[];
  readonly width: readonly number[];
  /** Lane of each link, from 0 (nearest to the boxes); undefined for links from row to row. */
  readonly lanes: readonly (number | undefined)[];
  readonly laneCount: number;
  /** Width of the level, lanes included. */
  readonly total: number;
}

export function layoutLayers(input: LayoutInput): Layout {
  const n = input.widths.length;
  const row = rowsOf(n, input.links);
  const rowCount = row.reduce((most, r) => Math.max(most, r + 1), 0);
  const rows: number[][] = Array.from({ length: rowCount }, () => []);
  row.forEach((r, i) => {
    rows[r]?.push(i);
  });
  order(rows, input.links);
  const rowWidth = (boxes: readonly number[]) =>
    boxes.reduce((sum, i) => sum + (input.widths[i] ?? 0), 0) + input.gap * Math.max(0, boxes.length - 1);
  const inner = rows.reduce((most, boxes) => Math.max(most, rowWidth(boxes)), input.width);
  const { lanes, laneCount } = lanesOf(input.links, row, n, rowCount);
  const left = laneCount * input.lane;
  const x = new Array<number>(n).fill(0);
  const width = [...input.widths];
  for (const boxes of rows) {
    if (boxes.length === 1) {
      const [only] = boxes;
      if (only === undefined) continue;
      x[only] = left;
      width[only] = inner;
      continue;
    }
    // Boxes that share a row share its free room as well.
    const spare = (inner - rowWidth(boxes)) / boxes.length;
    let at = left;
    for (const i of boxes) {
      x[i] = at;
      width[i] = (input.widths[i] ?? 0) + spare;
      at += (width[i] ?? 0) + input.gap;
    }
  }
  return { rows, row, x, width, lanes, laneCount, total: left + inner };
}

/** Longest path from the top. Links run from lower to higher positions, so one sweep in order is enough. */
function rowsOf(n: number, links: LayoutInput["links"]): number[] {
  const into: number[][] = Array.from({ length: n }, () => []);
  for (const { from, to } of links) if (from >= 0 && from < to) into[to]?.push(from);
  const row = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i++) {
    for (const from of into[i] ?? []) row[i] = Math.max(row[i] ?? 0, (row[from] ?? 0) + 1);
  }
  return row;
}

/** Within rows, boxes stand in the order of what they read (mean position of their sources). */
function order(rows: number[][], links: LayoutInput["links"]): void {
  const place = new Map<number, number>();
  for (const boxes of rows) {
    const mean = new Map(
      boxes.map((i) => {
        const sources = links.flatMap((l) => (l.to === i && l.from >= 0 ? [place.get(l.from) ?? 0.5] : []));
        return [i, sources.length === 0 ? 0.5 : sources.reduce((a, b) => a + b, 0) / sources.length];
      }),
    );
    boxes.sort((a, b) => (mean.get(a) ?? 0) - (mean.get(b) ?? 0) || a - b);
    boxes.forEach((i, at) => {
      place.set(i, (at + 0.5) / boxes.length);
    });
  }
}

/** Lanes for long links: shortest first, each in the nearest lane that is free over its rows. */
function lanesOf(links: LayoutInput["links"], row: readonly number[], n: number, rowCount: number) {
  const spans = links.flatMap(({ from, to }, at) => {
    const start = from < 0 ? -1 : (row[from] ?? 0);
    const end = to >= n ? rowCount : (row[to] ?? 0);
    return end - start > 1 ? [{ at, start, end }] : [];
  });
  spans.sort((a, b) => a.end - a.start - (b.end - b.start) || a.start - b.start || a.at - b.at);
  const taken: { start: number; end: number }[][] = [];
  const lanes = new Array<number | undefined>(links.length).fill(undefined);
  for (const span of spans) {
    let lane = taken.findIndex((list) => list.every((t) => t.end <= span.start || t.start >= span.end));
    if (lane < 0) {
      // So many arrows would be a thicket: from there on they share the outermost lane.
      lane = taken.length < MOST_LANES ? taken.push([]) - 1 : MOST_LANES - 1;
    }
    taken[lane]?.push(span);
    lanes[span.at] = lane;
  }
  return { lanes, laneCount: taken.length };
}

const MOST_LANES = 10;
