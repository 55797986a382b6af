import { rngOf } from "../../base/index.js";

/** Numbers that are learned together, with what Adam keeps of them. */
export class Block {
  readonly gradient: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;

  constructor(readonly value: Float64Array) {
    this.gradient = new Float64Array(value.length);
    this.first = new Float64Array(value.length);
    this.second = new Float64Array(value.length);
  }
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * The parameters of a small model in float64, by name. A block is made when it is first asked for; its first values
 * depend on the seed and its name alone, so that the order in which a conditional space meets its decisions changes
 * nothing. Trained by Adam (Kingma & Ba 2015).
 */
export class Parameters {
  private readonly blocks = new Map<string, Block>();
  private steps = 0;

  constructor(private readonly seed: number) {}

  /** The block of a name, drawn uniformly from [-bound, bound] where it is new. */
  block(name: string, length: number, bound: number): Block {
    let block = this.blocks.get(name);
    if (block === undefined) {
      const rng = rngOf(this.seed, "parameters", name);
      const value = new Float64Array(length);
      if (bound > 0) for (let i = 0; i < length; i++) value[i] = bound * (2 * rng.float() - 1);
      block = new Block(value);
      this.blocks.set(name, block);
    }
    return block;
  }

  all(): IterableIterator<Block> {
    return this.blocks.values();
  }

  /** One step against the gradients gathered since the last one, which are cleared. */
  descend(rate: number): void {
    this.steps++;
    const scale = (rate * Math.sqrt(1 - BETA2 ** this.steps)) / (1 - BETA1 ** this.steps);
    for (const { value, gradient, first, second } of this.blocks.values()) {
      for (let i = 0; i < value.length; i++) {
        const g = gradient[i] as number;
        const m = BETA1 * (first[i] as number) + (1 - BETA1) * g;
        const v = BETA2 * (second[i] as number) + (1 - BETA2) * g * g;
        first[i] = m;
        second[i] = v;
        value[i] = (value[i] as number) - (scale * m) / (Math.sqrt(v) + EPSILON);
      }
      gradient.fill(0);
    }
  }
}
