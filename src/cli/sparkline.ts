/** A curve in braille: two points a character across, four steps a character high. */

/** Dots of the left and the right column of a braille cell, from the lowest up. */
const LEFT = [0x40, 0x04, 0x02, 0x01] as const;
const RIGHT = [0x80, 0x20, 0x10, 0x08] as const;
const BLANK = 0x2800;

/**
 * Filled curve of `values` in `width` characters, scaled from their smallest to their largest. More values
 * than fit are thinned by taking the last of each stretch, so the end of the curve is always the last value.
 */
export function sparkline(values: readonly number[], width: number): string {
  const points = thin(values.filter(Number.isFinite), width * 2);
  if (points.length === 0 || width < 1) return "";
  const low = Math.min(...points);
  const span = Math.max(...points) - low;
  const steps = points.map((value) => (span > 0 ? 1 + Math.round(((value - low) / span) * 3) : 2));
  let text = "";
  for (let i = 0; i < steps.length; i += 2) {
    const cell = column(LEFT, steps[i] ?? 0) | column(RIGHT, steps[i + 1] ?? 0);
    text += String.fromCharCode(BLANK + cell);
  }
  return text;
}

function column(dots: readonly number[], height: number): number {
  return dots.slice(0, height).reduce((cell, dot) => cell | dot, 0);
}

function thin(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, i) => values[Math.floor(((i + 1) * values.length) / count) - 1] ?? Number.NaN,
  );
}
