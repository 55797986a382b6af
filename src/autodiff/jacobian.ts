import { dim } from "../base/index.js";
import { Graph, prune, tensor, Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { gradients, pullback } from "./backward.js";
import type { ProductOptions } from "./products.js";
import { type Mapped, vmap } from "./vmap.js";

/**
 * Jacobians of `y` by each of `xs`: [...shape of y, ...shape of x]; undefined where y does not depend on an x. All rows
 * at once: the way back is applied to the unit vectors of y's space together (see `vmap`).
 */
export function jacobian(
  g: Builder,
  y: Value,
  xs: readonly Value[],
  options: ProductOptions = {},
): (Value | undefined)[] {
  const inner = g.inside("jacobian");
  const seed = new Value(inner.freshName(`${inner.path}seed`), y.type);
  const rows = pullback(inner, [[y, seed]], xs, options);
  const present = rows.flatMap((v) => v ?? []);
  const size = dim.size(y.shape);
  const units = typeof size === "number" ? unitVectors(g, y, size) : openUnitVectors(g, y);
  const mapped = vmap(g, graphOf(inner, [seed], present), new Map<Value, Mapped>([[seed, { each: units }]]));
  let at = 0;
  return rows.map((v, i) => {
    const x = xs[i];
    const row = v === undefined ? undefined : mapped[at++];
    if (row === undefined || x === undefined) return undefined;
    const shape = [...y.shape, ...x.shape];
    if (dim.isStatic(shape)) return g.op1("Reshape", [row, g.i64(shape)]);
    const lengths = g.op1("Concat", [g.op1("Shape", [y]), g.op1("Shape", [x])], { axis: 0 });
    return g.op1("Reshape", [row, lengths]);
  });
}

/**
 * Gradients of one sample's loss each: [N, ...shape of the value], for values that all samples share (weights).
 * The network is differentiated for one sample, and that applied to all at once (see `vmap`), so that nothing is ever
 * summed over samples. The kernel of neural tangents, Fisher information and clipping by sample are made of these.
 *
 * @param batch tensors of all samples, [N, …]
 * @param loss the loss of one sample, a scalar, from its slices of `batch`, each with a first axis of length 1
 * @param wrt values that `loss` uses
 * @returns undefined where the loss does not depend on a value
 */
export function perSampleGradients(
  g: Builder,
  batch: readonly Value[],
  loss: (g: Builder, ...sample: Value[]) => Value,
  wrt: readonly Value[],
  options: ProductOptions = {},
): (Value | undefined)[] {
  const inner = g.inside("sample");
  const sample = batch.map((x) => {
    const name = inner.freshName(`${inner.path}${x.name}`);
    return Value.of(name, x.dtype, [1, ...x.shape.slice(1)]);
  });
  const grads = gradients(inner, loss(inner, ...sample), wrt, options);
  const present = grads.flatMap((v) => v ?? []);
  const inputs = new Map<Value, Mapped>(
    sample.map((slice, i) => {
      const x = batch[i] ?? slice;
      return [slice, { each: g.op1("Unsqueeze", [x, g.i64([1])]) }];
    }),
  );
  const mapped = vmap(g, graphOf(inner, sample, present), inputs);
  let at = 0;
  return grads.map((v) => (v === undefined ? undefined : mapped[at++]));
}

function graphOf(inner: Builder, inputs: readonly Value[], outputs: readonly Value[]): Graph {
  return prune(new Graph({ name: inner.name, inputs, outputs, initializers: [], nodes: [...inner.built] }));
}

/** [size, ...shape of y], ones where the row counts. */
function unitVectors(g: Builder, y: Value, size: number): Value {
  if (size * size > 4096) {
    const eye = g.op1("EyeLike", [g.op1("ConstantOfShape", [g.i64([size, size])])], { dtype: undefined });
    return g.op1("Reshape", [g.op1("CastLike", [eye, y]), g.i64([size, ...y.dims])]);
  }
  const eye = new Float32Array(size * size);
  for (let i = 0; i < size; i++) eye[i * size + i] = 1;
  return g.constant(tensor(y.dtype, [size, ...y.dims], eye), "units");
}

function openUnitVectors(g: Builder, y: Value): Value {
  const count = g.op1("Unsqueeze", [g.op1("Size", [y]), g.i64([0])]);
  const zeros = g.op1("ConstantOfShape", [g.op1("Concat", [count, count], { axis: 0 })]);
  const eye = g.op1("CastLike", [g.op1("EyeLike", [zeros]), y]);
  const shape = g.op1("Concat", [count, g.op1("Shape", [y])], { axis: 0 });
  return g.op1("Reshape", [eye, shape]);
}
