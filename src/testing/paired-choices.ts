import { s } from "../schema/index.js";

/** Eight choices among four letters. */
export const pairedSpace = s.object(
  Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, s.oneOf(["a", "b", "c", "d"])])),
);

/** What a genotype of {@link pairedSpace} is worth: each decision counts, and so do equal neighbours. */
export function pairedScore(genotype: unknown): number {
  const at = Object.values(genotype as Record<string, string>).map((it) => "abcd".indexOf(it));
  return at.reduce((sum, x, i) => sum - Math.abs(x - (i % 4)) - (x === at[i - 1] ? 1 : 0), 0);
}
