/** The encodings of the best trials, and their mean: the state. */
export class Elite {
  private readonly members: { readonly code: Float32Array; readonly score: number }[] = [];

  constructor(
    private readonly size: number,
    private readonly width: number,
  ) {}

  add(code: Float32Array, score: number): void {
    const at = this.members.findIndex((it) => it.score < score);
    this.members.splice(at < 0 ? this.members.length : at, 0, { code, score });
    if (this.members.length > this.size) this.members.pop();
  }

  /** Before any trial: one half everywhere, for nothing is known. */
  mean(): Float32Array {
    const out = new Float32Array(this.width).fill(this.members.length === 0 ? 0.5 : 0);
    for (const { code } of this.members)
      code.forEach((it, i) => {
        out[i] = (out[i] ?? 0) + it / this.members.length;
      });
    return out;
  }
}
