import { type GradientOptions, gradients } from "../autodiff/index.js";
import { type Graph, isFloat, prune, type Value, verifyGraph } from "../ir/index.js";
import { Builder, type RefTensor, ref } from "../ops/index.js";
import { interpret, type Runtime } from "../runtime/index.js";
import { checkRuntime } from "./op-runtime.js";

/** A scalar function of tensors, as a graph. */
export interface ScalarFunction {
  /** Appends it; inputs by name, each of the dims and dtype of its feed. */
  readonly build: (g: Builder, inputs: Readonly<Record<string, Value>>) => Value;
  readonly feeds: Readonly<Record<string, RefTensor>>;
  /** Shapes of inputs whose lengths the graph is to be built without. */
  readonly shapes?: Readonly<Record<string, readonly (number | string)[]>>;
}

export interface GradientCheck extends GradientOptions {
  /** Also of the gradient's own gradient; default true. */
  readonly second?: boolean;
  /** Places of each input where differences are taken. */
  readonly places?: number;
  /** A runtime that must agree with the reference on all gradients. */
  readonly runtime?: Runtime;
  readonly tolerance?: number;
}

/**
 * Compare the gradients of a function by all its float inputs, and the gradient of a curved function of those, with
 * central differences in float64; and a runtime with the reference. Returns what is wrong; empty where all is well.
 */
export async function checkFunction(it: ScalarFunction, check: GradientCheck = {}): Promise<string[]> {
  const { second = true, places = 4, runtime, tolerance, ...options } = check;
  const g = new Builder("function");
  const inputs = Object.fromEntries(
    Object.entries(it.feeds).map(([name, t]) => [name, g.input(name, t.dtype, it.shapes?.[name] ?? t.dims)]),
  );
  const wrt = Object.values(inputs).filter((v) => isFloat(v.dtype));
  const loss = it.build(g, inputs);
  const first = gradients(g, loss, wrt, options);
  const present = first.filter((v) => v !== undefined);
  const curved = second && present.length > 0 ? curvedSum(g, present) : undefined;
  const again = curved === undefined ? [] : gradients(g, curved, wrt, options);
  const outputs = [
    loss,
    ...present,
    ...(curved === undefined ? [] : [curved]),
    ...again.flatMap((v) => v ?? []),
  ];
  const graph = g.finish([...new Set(outputs)]);
  const problems = verifyGraph(graph).map((i) => `${i.code} ${i.path ?? ""} ${i.received ?? ""}`);
  if (problems.length > 0) return problems;
  const values = interpret(graph, it.feeds);
  const compare = (of: Value, grads: readonly (Value | undefined)[], what: string, smallest: number) => {
    const plain = prune(graph.with({ outputs: [of] }));
    wrt.forEach((input, i) => {
      const size = it.feeds[input.name]?.data.length ?? 0;
      const step = Math.max(1, Math.ceil(size / places));
      const chosen = Array.from({ length: size }, (_, k) => k).filter((k) => k % step === 0);
      const analytic = values[grads[i]?.name ?? ""];
      const found = againstDifferences(
        { graph: plain, feeds: it.feeds, loss: of, input },
        analytic,
        chosen,
        smallest,
      );
      problems.push(...found.map((text) => `${what}: ${text}`));
    });
  };
  compare(loss, first, "first", 1e-3);
  if (curved !== undefined) compare(curved, again, "second", 1e-2);
  if (runtime !== undefined) {
    const sample = tolerance === undefined ? { inputs: {} } : { inputs: {}, tolerance };
    problems.push(...(await checkRuntime(runtime, { graph, feeds: it.feeds, sample })));
  }
  return problems;
}

/** Σ √(1 + v²) over all values: a functional with curvature that stays gentle for large values. */
export function curvedSum(g: Builder, values: readonly Value[]): Value {
  const terms = values.map((v) => {
    const one = g.scalar(1, v.dtype);
    const root = g.op1("Sqrt", [g.op1("Add", [one, g.op1("Mul", [v, v])])]);
    return g.op1("ReduceSum", [root], { keepdims: 0 });
  });
  return terms.reduce((a, b) => g.op1("Add", [a, b]));
}

/** What is wrong with a gradient at some places of an input; the error is relative to its largest entry. */
export function againstDifferences(
  it: {
    readonly graph: Graph;
    readonly feeds: Readonly<Record<string, RefTensor>>;
    readonly loss: Value;
    readonly input: Value;
  },
  analytic: RefTensor | undefined,
  places: readonly number[],
  smallest: number,
): string[] {
  const { graph, feeds, loss, input } = it;
  const base = feeds[input.name];
  if (base === undefined) return [];
  if (analytic !== undefined && analytic.dims.join() !== base.dims.join()) {
    return [`gradient of ${input.name} has dims [${analytic.dims}], the input [${base.dims}]`];
  }
  let scale = smallest;
  for (const d of analytic?.data ?? []) scale = Math.max(scale, Math.abs(d));
  for (const k of places) {
    const rule = analytic?.data[k] ?? 0;
    const numeric = centralDifference(graph, feeds, input.name, base, k, loss.name);
    if (!(Math.abs(numeric - rule) / scale < 1e-5)) {
      return [`gradient of ${input.name}[${k}]: rule ${rule}, differences ${numeric}`];
    }
  }
  return [];
}

/** Fourth-order central difference: exact to about 1e-11 for smooth functions of unit scale. */
function centralDifference(
  graph: Graph,
  feeds: Readonly<Record<string, RefTensor>>,
  name: string,
  base: RefTensor,
  at: number,
  output: string,
): number {
  const h = 1e-3;
  const f = (step: number) => {
    const data = base.data.slice();
    data[at] = (data[at] ?? 0) + step;
    return (
      interpret(graph, { ...feeds, [name]: ref(base.dtype, base.dims, data) })[output]?.data[0] ?? Number.NaN
    );
  };
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}
