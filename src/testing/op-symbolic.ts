import { gradients } from "../autodiff/index.js";
import { type Dim, dim, type Shape } from "../base/index.js";
import { isFloat, type Value } from "../ir/index.js";
import { Builder, type OpDefinition, type RefTensor, ref, type Sample } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { opCase } from "./op-contract.js";

/** Which lengths of an input the graph is built without. */
export type Lengths = (input: string, dims: Shape) => Shape;

/** A length as a symbol: D2, D3, …; 1 stays, because broadcasting must see it. */
export const symbol = (d: Dim): Dim => (typeof d === "number" && d > 1 ? `D${d}` : d);
const BINDINGS = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`D${i}`, i]));

/**
 * Build a sample with symbols for lengths, run it on the sample's numbers, and compare results, gradients and
 * shapes with those of the graph that knows the lengths. Empty where all is well.
 */
export function checkSymbolic(op: OpDefinition, sample: Sample, lengths: Lengths): string[] {
  const symbolic = differentiated(op, sample, lengths);
  const plain = differentiated(op, sample, (_, dims) => dims);
  const problems = [
    ...differences("result", symbolic.values, plain.values),
    ...differences("gradient", symbolic.grads, plain.grads),
  ];
  symbolic.outputs.forEach((y, i) => {
    const dims = symbolic.values[i]?.dims ?? [];
    const wrong = y.shape.some((d, axis) => dim.conflict(dim.substitute(d, BINDINGS), dims[axis] ?? -1));
    if (wrong || y.rank !== dims.length) problems.push(`inferred ${y.shape}, evaluated [${dims}]`);
  });
  return problems;
}

/** The operator, its outputs and the gradients of the sum of their cosines. */
function differentiated(op: OpDefinition, sample: Sample, lengths: Lengths) {
  const { graph: model, feeds } = opCase(op, sample, 5);
  const g = new Builder("symbolic");
  const [node] = model.nodes;
  const inputs = (node?.inputs ?? []).map((v) => {
    if (v?.data !== undefined) return g.constant(v.data);
    return v && g.input(v.name, v.dtype, isFloat(v.dtype) ? lengths(v.name, v.shape) : v.shape);
  });
  const outputs = g.op(op.type, inputs, sample.attrs, sample.outputs);
  const terms = outputs
    .filter((y) => isFloat(y.dtype))
    .map((y) => g.op1("ReduceSum", [g.op1("Cos", [y])], { keepdims: 0 }));
  const [first, ...rest] = terms;
  const wanted = inputs.filter((v) => v !== undefined).filter((v) => !v.data && isFloat(v.dtype));
  const grads =
    first === undefined || typeof op.grad !== "function"
      ? []
      : gradients(
          g,
          rest.reduce((a, b) => g.op1("Add", [a, b]), first),
          wanted,
        );
  const present = grads.filter((v) => v !== undefined);
  const results = interpret(g.finish([...new Set([...outputs, ...present])]), feeds);
  const read = (v: Value): RefTensor => results[v.name] ?? ref(v.dtype, [0]);
  return { outputs, values: outputs.map(read), grads: present.map(read) };
}

function differences(what: string, got: readonly RefTensor[], want: readonly RefTensor[]): string[] {
  if (got.length !== want.length) return [`${got.length} ${what}s instead of ${want.length}`];
  return got.flatMap((t, i) => {
    const other = want[i];
    if (t.dims.join() !== other?.dims.join()) return [`${what} ${i} has dims [${t.dims}]`];
    const at = t.data.findIndex((v, k) => !(Object.is(v, other.data[k]) || close(v, other.data[k])));
    return at < 0 ? [] : [`${what} ${i}[${at}] is ${t.data[at]}, with known lengths ${other.data[at]}`];
  });
}

function close(a: number, b = Number.NaN): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}
