import { type Rng, rngOf } from "../base/index.js";
import { type Graph, ONNX_DTYPE, sizeOf, tensor, Value } from "../ir/index.js";
import { Builder, type RefTensor, ref } from "../ops/index.js";

export interface RandomGraph {
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, RefTensor>>;
}

const UNARY = ["Relu", "Sigmoid", "Tanh", "Abs", "Neg", "Identity", "Softplus", "Sin"] as const;
const BINARY = ["Add", "Sub", "Mul", "Max", "Min"] as const;

/**
 * A legal float32 graph of 1 to `size` nodes over [2, 3, 4] tensors and what reshaping, transposing, reducing and
 * splitting makes of them: with shared subexpressions, repeated nodes, pass-through nodes, constants and nodes that
 * nothing reads. For tests that a pass changes no result.
 */
export function randomGraph(seed: number, size = 14): RandomGraph {
  const rng = rngOf(seed, "random-graph");
  const g = new Builder("random");
  const dims = [2, 3, 4];
  const inputs = ["a", "b"].map((name) => g.input(name, "float32", dims));
  const constants = [1, 2].map((n) =>
    g.constant(
      tensor(
        "float32",
        dims,
        normal(rng, 24).map((v) => v * n),
      ),
    ),
  );
  const values: Value[] = [...inputs, ...constants];
  const count = 1 + rng.int(size);
  for (let i = 0; i < count; i++) {
    for (const v of step(g, rng, values)) values.push(v);
    // A second time the same thing: what common-subexpression elimination is for.
    if (rng.float() < 0.2) {
      const node = rng.pick(g.built);
      const copies = node.outputs.map((v) => v && new Value(g.freshName(v.name), v.type));
      g.append({ ...node, name: g.freshName(node.name), outputs: copies });
      for (const v of copies) if (v !== undefined) values.push(v);
    }
  }
  const made = values.filter((v) => !inputs.includes(v) && !constants.includes(v));
  const outputs = rng.sample(made, 1 + rng.int(3));
  const feeds = Object.fromEntries(inputs.map((v) => [v.name, ref("float32", dims, normal(rng, 24))]));
  return { graph: g.finish(outputs), feeds };
}

function step(g: Builder, rng: Rng, values: readonly Value[]): Value[] {
  const x = rng.pick(values);
  const same = values.filter((v) => v.shape.join() === x.shape.join());
  switch (rng.int(9)) {
    case 0:
    case 1:
      return [g.op1(rng.pick(UNARY), [x])];
    case 2:
    case 3:
      return [g.op1(rng.pick(BINARY), [x, rng.pick(same)])];
    case 4:
      return [g.Reshape(x, g.i64(rng.pick([x.dims, [sizeOf(x.dims)], [1, -1], x.dims])))];
    case 5:
      return [g.Transpose(x, { perm: rng.shuffle(x.dims.map((_, i) => i)) })];
    case 6:
      return [g.ReduceSum(x, g.i64([rng.int(Math.max(1, x.rank))]), { keepdims: 1 })];
    case 7:
      return [g.Cast(x, { to: ONNX_DTYPE.float32 }), g.Dropout(x)];
    default: {
      const axis = x.dims.findIndex((d) => d > 1);
      if (axis < 0) return [g.Mul(x, g.scalar(2))];
      const length = x.dims[axis] ?? 2;
      return g.Split(x, g.i64([1, length - 1]), { axis });
    }
  }
}

function normal(rng: Rng, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => Math.fround(rng.normal()));
}
