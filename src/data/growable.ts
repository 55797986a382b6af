/** Number columns whose length is not known beforehand; doubling keeps appending cheap. */

export class GrowableInt32 {
  private array = new Int32Array(1024);
  private used = 0;

  push(value: number): void {
    if (this.used === this.array.length) {
      const larger = new Int32Array(this.used * 2);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.used++] = value;
  }

  get length(): number {
    return this.used;
  }

  /** A copy of exactly the values pushed. */
  toArray(): Int32Array<ArrayBuffer> {
    return this.array.slice(0, this.used);
  }
}

export class GrowableFloat64 {
  private array = new Float64Array(1024);
  private used = 0;

  push(value: number): void {
    if (this.used === this.array.length) {
      const larger = new Float64Array(this.used * 2);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.used++] = value;
  }

  get length(): number {
    return this.used;
  }

  /** A copy of exactly the values pushed. */
  toArray(): Float64Array<ArrayBuffer> {
    return this.array.slice(0, this.used);
  }
}
