import { capturedBy, type Graph, isFloat, substituteValues, Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import type { Walk } from "../define.js";
import { type Iteration, inputOf, type Phase, Phases, type Sliced } from "./iteration.js";
import { sumOverTime } from "./over-time.js";
import { ReverseScan, zerosLike } from "./reverse-scan.js";

/** Gradients that arrive at what an iteration gives; undefined where nobody used it. */
export interface IterationSeeds {
  /** Of the last carried values. */
  readonly finals: readonly (Value | undefined)[];
  /** Of the stacked results. */
  readonly stacked: readonly (Value | undefined)[];
}

export interface IterationGradients {
  readonly starts: readonly (Value | undefined)[];
  readonly scanned: readonly (Value | undefined)[];
  /** Of the values around that the body uses. */
  readonly captured: ReadonlyMap<Value, Value>;
}

/**
 * The gradient of `Scan` and `Loop`: a `Scan` over the steps from the last to the first, which carries the gradients
 * of the carried values. What a step of it reads of the forward step (carried values, results in between) the forward
 * node gives as further stacked outputs, or (`memory: "recompute"`) it computes again from the carried values.
 * What does not change from step to step is computed once outside; gradients of weights are summed over the steps by
 * one product where that is possible (see `over-time.ts`).
 */
export function iterationGrad(
  g: Builder,
  given: Iteration,
  seeds: IterationSeeds,
  walk: Walk,
): IterationGradients {
  const it = { ...given, body: withOuterConstants(g, given.body) };
  const captured = [...capturedBy(it.body)].filter(walk.wanted);
  const scanned = it.scanned.filter((s) => s.whole !== undefined && walk.wanted(s.whole));
  const carried = gradientStates(it, seeds, captured, walk);
  const states = carried.flatMap((i) => it.states[i] ?? []);

  // The nodes of the body, and behind them those that go back through it.
  const inner = g.inside(it.body.name, it.body);
  const like = (v: Value) => new Value(inner.freshName(`${v.name}_grad`), v.type);
  const inputs = states.map((s) => like(s.output));
  const arriving = new Map<Value, Sliced>();
  it.stacked.forEach((s, k) => {
    const whole = seeds.stacked[k];
    if (whole !== undefined) arriving.set(like(s.slice), { ...s, whole });
  });
  const grads = walk.pullback(
    inner,
    [
      ...states.map((s, k) => [s.output, inputs[k] ?? s.output] as const),
      ...[...arriving].map(([grad, s]) => [s.slice, grad] as const),
    ],
    [...states.map((s) => s.input), ...scanned.map((s) => s.slice), ...captured],
  );
  const known = new Map<Value, Phase>(it.body.inputs.map((v) => [v, "forward"]));
  for (const v of [...inputs, ...arriving.keys()]) known.set(v, "reverse");

  const reverse = new ReverseScan({
    g,
    it,
    nodes: inner.built,
    phases: new Phases(inner.built, it.body.nodes.length, known),
    memory: walk.memory,
    carried: carried.map((at, k) => ({
      input: inputs[k] as Value,
      output: grads[k],
      start: seeds.finals[at] ?? zerosLike(g, states[k]?.start as Value),
    })),
    arriving,
  });
  const slices = scanned.map((s, k) => {
    const grad = grads[states.length + k];
    return (
      grad && (s.axis === 0 && !s.backward ? reverse.stack(grad) : reverse.emit(grad, s.axis, s.backward))
    );
  });
  const sums = captured.map((_, k) => {
    const grad = grads[states.length + scanned.length + k];
    return grad && sumOverTime(reverse, grad);
  });
  const starts = reverse.run();
  const sumOf = captured.map((v, k) => [v, sums[k]?.()] as const);
  return {
    starts: it.states.map((_, i) => starts[carried.indexOf(i)]),
    scanned: it.scanned.map((s) => slices[scanned.indexOf(s)]?.()),
    captured: new Map(sumOf.flatMap(([v, sum]) => (sum === undefined ? [] : [[v, sum] as const]))),
  };
}

/**
 * The same where there may be no step: a `Scan` needs one. Then the gradients of the last carried values are those of
 * the first.
 */
export function iterationGradIfAny(
  g: Builder,
  given: Iteration,
  seeds: IterationSeeds,
  walk: Walk,
): IterationGradients {
  const { it, count } = counted(g, given);
  const some = g.inside("some_steps");
  const grads = iterationGrad(some, it, seeds, walk);
  const none = g.inside("no_step");
  const [results, instead]: [Value[], Value[]] = [[], []];
  const either = (value: Value | undefined, otherwise: () => Value): number | undefined => {
    if (value === undefined) return undefined;
    instead.push(none.op1("Identity", [otherwise()]));
    return results.push(some.op1("Identity", [value])) - 1;
  };
  const starts = grads.starts.map((value, i) => {
    const state = it.states[i];
    return either(value, () => seeds.finals[i] ?? zerosLike(none, state?.start ?? value ?? count));
  });
  const captured = [...grads.captured].map(([v, sum]) => [v, either(sum, () => zerosLike(none, v))] as const);
  if (results.length === 0) return grads;
  const outputs = g.op("If", [g.op1("Greater", [count, g.i64(0)])], {
    then_branch: some.finish(results),
    else_branch: none.finish(instead),
  });
  const at = (i: number | undefined) => (i === undefined ? undefined : outputs[i]);
  return {
    starts: starts.map(at),
    scanned: [],
    captured: new Map(
      captured.flatMap(([v, i]) => (at(i) === undefined ? [] : [[v, at(i) as Value] as const])),
    ),
  };
}

/** A loop that gives something stacked, from which the number of its steps is read. */
function counted(g: Builder, it: Iteration): { readonly it: Iteration; readonly count: Value } {
  const known = it.stacked.find((s) => s.whole !== undefined)?.whole;
  const countOf = (whole: Value) =>
    g.op1("Squeeze", [g.op1("Shape", [whole], { start: 0, end: 1 }), g.i64([0])]);
  if (known !== undefined) return { it, count: countOf(known) };
  const inner = g.inside(it.body.name, it.body);
  const slice = inner.op1("Identity", [inputOf(it.body, 0)]);
  const whole = Value.of(g.freshName("steps"), slice.dtype, [it.length, ...slice.shape]);
  const body = it.body.with({ nodes: [...inner.built], outputs: [...it.body.outputs, slice] });
  const node = it.withBody(it.node, body, [whole]);
  g.replace(it.node, node);
  const stacked = [...it.stacked, { whole, slice, axis: 0, backward: false }];
  return { it: { ...it, node, body, stacked }, count: countOf(whole) };
}

/** A body without initializers of its own: the reverse uses them too. */
function withOuterConstants(g: Builder, body: Graph): Graph {
  if (body.initializers.length === 0) return body;
  const moved = new Map<Value, Value>();
  for (const value of body.initializers) {
    if (value.data !== undefined) moved.set(value, g.root.initializer(g.freshName(value.name), value.data));
  }
  return substituteValues(body, moved).with({ initializers: [] });
}

/** Positions of the carried values that a gradient goes through: they depend on a source, and a result on them. */
function gradientStates(
  it: Iteration,
  seeds: IterationSeeds,
  captured: readonly Value[],
  walk: Walk,
): number[] {
  const slices = it.scanned.flatMap((s) => (s.whole !== undefined && walk.wanted(s.whole) ? [s.slice] : []));
  const grow = (start: readonly number[], reached: (on: readonly number[]) => readonly number[]) => {
    for (let on = start; ; ) {
      const more = [...new Set([...on, ...reached(on)])];
      if (more.length === on.length) return on;
      on = more;
    }
  };
  const positions = it.states.flatMap((s, i) => (isFloat(s.input.dtype) ? [i] : []));
  const at = (i: number) => it.states[i] as Iteration["states"][number];
  const active = grow(
    positions.filter((i) => walk.wanted(at(i).start)),
    (on) => {
      const reached = walk.dependents(it.body, [...captured, ...slices, ...on.map((i) => at(i).input)]);
      return positions.filter((i) => reached.has(at(i).output));
    },
  );
  const results = it.stacked.flatMap((s, k) => (seeds.stacked[k] === undefined ? [] : [s.slice]));
  const asked = grow(
    active.filter((i) => seeds.finals[i] !== undefined),
    (on) => {
      const reached = walk.influences(it.body, [...results, ...on.map((i) => at(i).output)]);
      return active.filter((i) => reached.has(at(i).input));
    },
  );
  return [...asked].sort((a, b) => a - b);
}
