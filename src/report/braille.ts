/** A line chart in characters: Unicode braille (2 × 4 dots a character), or ASCII where that is asked for. */
export interface CharChart {
  /** Rows of text, top first, all of one length. */
  readonly rows: readonly string[];
  readonly low: number;
  readonly high: number;
}

/** Bits of the braille dots of a character, by column and then row from the top (Unicode 2800 block). */
const DOTS: readonly (readonly number[])[] = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/** Chart of a series that holds its last value between points; empty rows where there is no number. */
export function charChart(
  values: readonly number[],
  columns: number,
  height: number,
  unicode = true,
): CharChart {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const [wide, tall] = unicode ? [columns * 2, height * 4] : [columns, height];
  const grid = Array.from({ length: tall }, () => new Array<boolean>(wide).fill(false));
  let before: number | undefined;
  if (finite.length > 0) {
    for (let x = 0; x < wide; x++) {
      const value = finite[Math.min(finite.length - 1, Math.floor((x / wide) * finite.length))] ?? low;
      const share = high > low ? (value - low) / (high - low) : 0.5;
      const y = tall - 1 - Math.round(share * (tall - 1));
      // Steps are joined, so that the line stays a line.
      const [from, to] = before === undefined ? [y, y] : [Math.min(y, before), Math.max(y, before)];
      for (let at = from; at <= to; at++) {
        const line = grid[at];
        if (line !== undefined) line[x] = true;
      }
      before = y;
    }
  }
  const rows = Array.from({ length: height }, (_, r) =>
    Array.from({ length: columns }, (_, c) => {
      if (!unicode) return grid[r]?.[c] === true ? "*" : " ";
      let bits = 0;
      for (let dx = 0; dx < 2; dx++) {
        for (let dy = 0; dy < 4; dy++) if (grid[r * 4 + dy]?.[c * 2 + dx]) bits |= DOTS[dx]?.[dy] ?? 0;
      }
      return String.fromCodePoint(0x2800 + bits);
    }).join(""),
  );
  return { rows, low: finite.length > 0 ? low : 0, high: finite.length > 0 ? high : 0 };
}
