import { describe, expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { type Dim, dim, type Shape } from "../../base/index.js";
import { isFloat, type Value } from "../../ir/index.js";
import { interpret } from "../../runtime/reference.js";
import { opCase } from "../../testing/op-contract.js";
import { Builder, type OpDefinition, ref, type Sample } from "../index.js";
import { TENSOR_OPERATORS } from "../tensor/index.js";
import { NN_OPERATORS } from "./index.js";

type Lengths = (name: string, dims: Shape) => Shape;

const BINDINGS = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`D${i}`, i]));
const symbol = (d: Dim): Dim => (typeof d === "number" && d > 1 ? `D${d}` : d);
const fixed: Lengths = (_, dims) => dims;
/** The images are unknown, as in every training graph. */
const batch: Lengths = (name, dims) => (name === "x" ? dims.map((d, i) => (i === 0 ? symbol(d) : d)) : dims);
/** So is their size. */
const images: Lengths = (name, dims) => (name === "x" ? dims.map((d, i) => (i === 1 ? d : symbol(d))) : dims);
const everything: Lengths = (_, dims) => dims.map(symbol);

/** The operator, its outputs and the gradients of their cosines, for inputs of given shapes. */
function differentiated(op: OpDefinition, sample: Sample, lengths: Lengths) {
  const model = opCase(op, sample, 5);
  const g = new Builder("symbolic");
  const [node] = model.graph.nodes;
  const inputs = (node?.inputs ?? []).map((v) => {
    if (v === undefined) return undefined;
    if (v.data) return g.constant(v.data);
    return g.input(v.name, v.dtype, isFloat(v.dtype) ? lengths(v.name, v.shape) : v.shape);
  });
  const outputs = g.op(op.type, inputs, sample.attrs, sample.outputs);
  const terms = outputs
    .filter((y) => isFloat(y.dtype))
    .map((y) => g.ReduceSum(g.Cos(y), undefined, { keepdims: 0 }));
  const [first, ...rest] = terms;
  const wanted = inputs.filter((v) => v !== undefined && v.data === undefined && isFloat(v.dtype));
  const grads =
    first === undefined || typeof op.grad !== "function"
      ? []
      : gradients(
          g,
          rest.reduce((a, b) => g.Add(a, b), first),
          wanted as Value[],
        ).filter((v) => v !== undefined);
  const graph = g.finish([...new Set([...outputs, ...grads])]);
  const results = interpret(graph, model.feeds);
  const read = (v: Value) => results[v.name] ?? ref("float32", []);
  return {
    outputs,
    values: outputs.map(read),
    grads: grads.map(read),
    gradShapes: grads.map((v) => v.shape),
  };
}

function agree(op: OpDefinition, sample: Sample, lengths: Lengths) {
  const symbolic = differentiated(op, sample, lengths);
  const plain = differentiated(op, sample, fixed);
  expect(symbolic.values).toEqual(plain.values);
  expect(symbolic.grads.map((v) => v.dims)).toEqual(plain.grads.map((v) => v.dims));
  symbolic.grads.forEach((grad, i) => {
    grad.data.forEach((v, k) => {
      expect(v).toBeCloseTo(plain.grads[i]?.data[k] ?? Number.NaN, 9);
    });
  });
  symbolic.outputs.forEach((y, i) => {
    const dims = symbolic.values[i]?.dims ?? [];
    expect(y.rank).toBe(dims.length);
    y.shape.forEach((d, axis) => {
      const bound = dim.substitute(d, BINDINGS);
      if (typeof bound === "number") expect(bound).toBe(dims[axis]);
    });
  });
  return symbolic;
}

const table = (
  ops: readonly OpDefinition[],
  keep: (op: OpDefinition, sample: Sample) => boolean = () => true,
) =>
  ops.flatMap((op) =>
    op.samples.map((sample, i) => [`${op.type} ${i}`, op, sample] as const).filter(([, , s]) => keep(op, s)),
  );

const SUBGRAPHS = new Set(["If", "Loop", "Scan"]);
/** Rules that say they need static lengths there. */
const sized = (op: OpDefinition, { attrs = {} }: Sample) =>
  SUBGRAPHS.has(op.type) ||
  (String(attrs.auto_pad).startsWith("SAME") && attrs.strides !== undefined) ||
  attrs.output_shape !== undefined;

describe("an unknown number of images", () => {
  it.each(table(NN_OPERATORS, (op) => !SUBGRAPHS.has(op.type)))("%s", (_, op, sample) => {
    agree(op, sample, batch);
  });
});

describe("images of unknown size", () => {
  it.each(table(NN_OPERATORS, (op, sample) => !sized(op, sample)))("%s", (_, op, sample) => {
    agree(op, sample, images);
  });
});

describe("tensors of unknown lengths", () => {
  it.each(
    table(
      TENSOR_OPERATORS,
      (op) => op.type !== "Resize" && !op.type.endsWith("Depth") && op.type !== "DepthToSpace",
    ),
  )("%s", (_, op, sample) => {
    agree(op, sample, everything);
  });
});
