/** The digits of a key such as `1421133`; undefined where it is none of that length. */
export function digitsOf(key: string, length: number): readonly number[] | undefined {
  return key.length === length && /^\d+$/.test(key) ? Array.from(key, Number) : undefined;
}

/** The number that digits write, each of them from `low` to `low + base - 1`; undefined where one is not. */
export function numberOfDigits(
  digits: readonly number[] | undefined,
  low: number,
  base: number,
): number | undefined {
  let number = 0;
  for (const digit of digits ?? [Number.NaN]) {
    if (!(digit >= low && digit < low + base)) return undefined;
    number = base * number + digit - low;
  }
  return number;
}
