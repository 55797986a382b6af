/** One who trains a case: ours in this process, the others in processes of their own. */
export interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly version: string;
  /** Train so many further steps; the losses, and the seconds that they took. */
  run(steps: number): Promise<{ readonly losses: readonly number[]; readonly seconds: number }>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}
