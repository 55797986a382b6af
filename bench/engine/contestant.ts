/** One who trains a case: ours in this process, the others in processes of their own. */
export interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly version: string;
  run(steps: number): Promise<Turn>;
}

/** So many further steps: their losses, how long they took, and how long the process's threads were busy. */
export interface Turn {
  readonly losses: readonly number[];
  readonly seconds: number;
  /** With one thread and a machine of its own as long as `seconds`. Other programs lengthen it less. */
  readonly busySeconds: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}
