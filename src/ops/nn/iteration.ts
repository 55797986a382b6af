import { type Dim, fail } from "../../base/index.js";
import { type Graph, type Node, readsOf, type Value } from "../../ir/index.js";

/** A graph run again and again, as `Scan` and `Loop` run theirs: what their gradient needs to know of them. */
export interface Iteration {
  readonly node: Node;
  readonly body: Graph;
  /** Carried values: before the first step, as the body gets and gives them, and after the last step. */
  readonly states: readonly {
    readonly start: Value;
    readonly input: Value;
    readonly output: Value;
    readonly final: Value | undefined;
  }[];
  /** Tensors that the body reads slice by slice. */
  readonly scanned: readonly Sliced[];
  /** What the body gives at each step, stacked. */
  readonly stacked: readonly Sliced[];
  /** Number of steps. */
  readonly length: Dim;
  /** The node with another body, which gives more stacked results. */
  readonly withBody: (node: Node, body: Graph, stacked: readonly Value[]) => Node;
}

/** A tensor cut along an axis. */
export interface Sliced {
  readonly whole: Value | undefined;
  /** The body's value that is one slice. */
  readonly slice: Value;
  readonly axis: number;
  /** Steps go from the last slice to the first. */
  readonly backward: boolean;
}

/** Carried values of a body whose inputs and outputs hold them from given positions on. */
export function carriedValues(
  body: Graph,
  firstInput: number,
  firstOutput: number,
  starts: readonly Value[],
  finals: readonly (Value | undefined)[],
): Iteration["states"] {
  return starts.map((start, i) => ({
    start,
    input: inputOf(body, firstInput + i),
    output: body.outputs[firstOutput + i] ?? fail("internal", { expected: "an output of the body" }),
    final: finals[i],
  }));
}

export function inputOf(body: Graph, at: number): Value {
  return body.inputs[at] ?? fail("internal", { expected: "an input of the body" });
}

/** Operators whose outputs differ from call to call. */
const RANDOM = /^(Random|Bernoulli|Multinomial|Dropout)/;

export function isRandom(node: Node): boolean {
  return RANDOM.test(node.opType);
}

/**
 * Which values change from step to step. `outer`: of the graphs around (or constant); `fixed`: made in the body from
 * outer values alone; `forward`: of the body otherwise; `reverse`: on the way back.
 */
export type Phase = "outer" | "fixed" | "forward" | "reverse";

/** The nodes of a body, and behind them those of its gradient, told apart by what they depend on. */
export class Phases {
  private readonly phases = new Map<Value, Phase>();
  private readonly producers = new Map<Value, Node>();
  /** Nodes of the gradient that only ask for shapes of the body's values, and so belong to the body. */
  readonly moved: Node[] = [];

  /** @param given the body's inputs are `forward`, the gradients that come in `reverse` */
  constructor(nodes: readonly Node[], bodyCount: number, given: ReadonlyMap<Value, Phase>) {
    for (const [value, phase] of given) this.phases.set(value, phase);
    nodes.forEach((node, at) => {
      const phase = this.phaseOf(node, at < bodyCount);
      if (phase === "forward" && at >= bodyCount) this.moved.push(node);
      for (const value of node.outputs) {
        if (value === undefined) continue;
        this.phases.set(value, phase);
        this.producers.set(value, node);
      }
    });
  }

  private phaseOf(node: Node, inBody: boolean): Phase {
    const read = readsOf(node).map((v) => this.of(v));
    if (read.every((p) => p === "outer" || p === "fixed") && !isRandom(node)) return "fixed";
    if (inBody) return "forward";
    const shapes = node.opType === "Shape" || node.opType === "Size";
    return shapes && !read.includes("reverse") ? "forward" : "reverse";
  }

  of(value: Value): Phase {
    return this.phases.get(value) ?? "outer";
  }

  /** The node that makes a value of the body or its gradient. */
  producer(value: Value): Node | undefined {
    return this.producers.get(value);
  }
}
