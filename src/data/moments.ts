/** Mean and standard deviation in one pass (Welford 1962), in float64. */
export class Moments {
  count = 0;
  private average = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const delta = value - this.average;
    this.average += delta / this.count;
    this.squares += delta * (value - this.average);
  }

  /** 0 where nothing was added. */
  get mean(): number {
    return this.average;
  }

  /** Population standard deviation; 1 where all values are equal, since it will be divided by. */
  get std(): number {
    const variance = this.count > 0 ? this.squares / this.count : 0;
    const std = Math.sqrt(Math.max(0, variance));
    // Rounding alone can leave a tiny positive variance in a constant column.
    return std > 1e-12 * Math.max(1, Math.abs(this.average)) && Number.isFinite(std) ? std : 1;
  }
}
