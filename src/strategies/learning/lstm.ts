import { affine, affineBack, affineLength } from "./affine.js";
import type { Block, Parameters } from "./parameters.js";

/** What a step computed; kept for the way back. */
export interface LstmStep {
  /** Input and hidden state before, one after the other. */
  readonly x: Float64Array;
  readonly before: Float64Array;
  /** Gates after their nonlinearities: input, forget, candidate, output. */
  readonly gates: Float64Array;
  readonly cell: Float64Array;
  readonly hidden: Float64Array;
}

/** Gradients that reach a step from behind it, or leave it at its front. */
export interface LstmGradient {
  readonly hidden: Float64Array;
  readonly cell: Float64Array;
}

/** A long short-term memory (Hochreiter & Schmidhuber 1997; with a forget gate, without peepholes). */
export class Lstm {
  private readonly block: Block;

  constructor(
    parameters: Parameters,
    name: string,
    readonly inputs: number,
    readonly units: number,
    bound: number,
  ) {
    this.block = parameters.block(name, affineLength(inputs + units, 4 * units), bound);
  }

  /** State before the first step. */
  start(): Pick<LstmStep, "cell" | "hidden"> {
    return { cell: new Float64Array(this.units), hidden: new Float64Array(this.units) };
  }

  step(input: Float64Array, { cell: before, hidden }: Pick<LstmStep, "cell" | "hidden">): LstmStep {
    const { units } = this;
    const x = new Float64Array(this.inputs + units);
    x.set(input);
    x.set(hidden, this.inputs);
    const gates = affine(this.block, x, 4 * units);
    const cell = new Float64Array(units);
    const out = new Float64Array(units);
    for (let u = 0; u < units; u++) {
      const input = sigmoid(gates[u] as number);
      const forget = sigmoid(gates[units + u] as number);
      const candidate = Math.tanh(gates[2 * units + u] as number);
      const output = sigmoid(gates[3 * units + u] as number);
      const c = forget * (before[u] as number) + input * candidate;
      gates[u] = input;
      gates[units + u] = forget;
      gates[2 * units + u] = candidate;
      gates[3 * units + u] = output;
      cell[u] = c;
      out[u] = output * Math.tanh(c);
    }
    return { x, before, gates, cell, hidden: out };
  }

  /** Adds to the parameters' gradients; `gradient` is of the step's state. */
  back(step: LstmStep, gradient: LstmGradient): { input: Float64Array; before: LstmGradient } {
    const { units, inputs } = this;
    const { gates } = step;
    const dz = new Float64Array(4 * units);
    const before = new Float64Array(units);
    for (let u = 0; u < units; u++) {
      const input = gates[u] as number;
      const forget = gates[units + u] as number;
      const candidate = gates[2 * units + u] as number;
      const output = gates[3 * units + u] as number;
      const squashed = Math.tanh(step.cell[u] as number);
      const dh = gradient.hidden[u] as number;
      const dc = (gradient.cell[u] as number) + dh * output * (1 - squashed * squashed);
      dz[u] = dc * candidate * input * (1 - input);
      dz[units + u] = dc * (step.before[u] as number) * forget * (1 - forget);
      dz[2 * units + u] = dc * input * (1 - candidate * candidate);
      dz[3 * units + u] = dh * squashed * output * (1 - output);
      before[u] = dc * forget;
    }
    const dx = new Float64Array(step.x.length);
    affineBack(this.block, step.x, dz, dx);
    return { input: dx.slice(0, inputs), before: { hidden: dx.slice(inputs), cell: before } };
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
