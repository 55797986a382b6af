/** Curves of several strategies as one SVG file that stands alone: gap to the best, on two logarithmic axes. */

export interface Curve {
  readonly name: string;
  /** Number of runs behind it. */
  readonly runs: number;
  readonly points: readonly { readonly queries: number; readonly mean: number }[];
}

export interface CurvesOptions {
  readonly title: string;
  /** What the best network reaches. */
  readonly best: number;
  readonly width?: number;
  readonly height?: number;
}

const COLOURS = ["#0b6bcb", "#c7430a", "#1a7f37", "#8250df", "#b8860b", "#c2255c", "#0b7285", "#5c677d"];
const DASHES = ["", "7 3", "2 3"];
/** Gaps below this are drawn at it, in percentage points. */
const FLOOR = 0.01;
const LEGEND = 190;
const ROW = 17;

export function curvesSvg(curves: readonly Curve[], options: CurvesOptions): string {
  const { title, best, width = 860, height = Math.max(380, 70 + ROW * curves.length) } = options;
  const gap = (mean: number) => Math.max(FLOOR, best - mean);
  // Best first, by what they have reached in the middle of the way.
  const order = [...curves].sort((a, b) => gapAt(a, 100) - gapAt(b, 100));
  function gapAt({ points }: Curve, queries: number): number {
    return gap(points.findLast((it) => it.queries <= queries)?.mean ?? 0);
  }
  const all = curves.flatMap(({ points }) => points);
  const [low, high] = [Math.min(...all.map((it) => it.queries)), Math.max(...all.map((it) => it.queries))];
  const top = Math.max(...all.map((it) => gap(it.mean)));
  const [left, right, upper, lower] = [52, width - LEGEND - 16, 40, height - 40];
  const x = (queries: number) => left + (Math.log(queries / low) / Math.log(high / low)) * (right - left);
  const y = (value: number) => upper + (Math.log(top / value) / Math.log(top / FLOOR)) * (lower - upper);
  const text = (at: readonly [number, number], words: string, more = "") =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${words}</text>`;
  const rows = [3, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, FLOOR]
    .filter((it) => it <= top)
    .map(
      (it) =>
        `<path d="M${left} ${y(it).toFixed(1)}H${right}" stroke="#ddd"/>` +
        text([left - 6, y(it) + 4], it === FLOOR ? "≤0.01" : String(it), 'text-anchor="end"'),
    );
  const columns = [10, 20, 50, 100, 200, 500]
    .filter((it) => it >= low && it <= high)
    .map((it) => text([x(it), lower + 16], String(it), 'text-anchor="middle"'));
  const lines = order.map(({ points, name, runs }, i) => {
    const stroke = `stroke="${COLOURS[i % COLOURS.length]}" stroke-dasharray="${DASHES[Math.floor(i / COLOURS.length) % DASHES.length]}"`;
    const d = points.map(
      (it, k) => `${k === 0 ? "M" : "L"}${x(it.queries).toFixed(1)} ${y(gap(it.mean)).toFixed(1)}`,
    );
    const at = upper + 4 + ROW * i;
    return (
      `<path d="${d.join("")}" fill="none" stroke-width="2" ${stroke}><title>${name}, ${runs} runs</title></path>` +
      `<path d="M${right + 16} ${at}h22" stroke-width="2" fill="none" ${stroke}/>${text([right + 44, at + 4], name)}`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text([left, 18], title, 'font-size="14" font-weight="600"'),
    text([left, 33], "percentage points below the best network", 'fill="#57606a"'),
    text([right, lower + 32], "networks looked up", 'text-anchor="end" fill="#57606a"'),
    ...rows,
    ...columns,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}
