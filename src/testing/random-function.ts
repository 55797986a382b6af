import { type Rng, rngOf } from "../base/index.js";
import { sizeOf, type Value } from "../ir/index.js";
import { type Builder, ref } from "../ops/index.js";
import type { ScalarFunction } from "./gradient-check.js";

/** Smooth wherever they are defined, and tame: values stay where differences are exact. */
const UNARY = [
  "Sin",
  "Cos",
  "Tanh",
  "Sigmoid",
  "Softplus",
  "Erf",
  "Atan",
  "Softsign",
  "Gelu",
  "Mish",
] as const;
const NORMALISING = ["Softmax", "LogSoftmax"] as const;
const REDUCTIONS = ["ReduceMean", "ReduceSumSquare", "ReduceLogSumExp", "ReduceL2"] as const;

/**
 * A random smooth function of three tensors, composed of differentiable operators, now and then within a `Scan`, a
 * `Loop` or an `If`. The same seed gives the same function.
 */
export function randomFunction(seed: number, size = 8): ScalarFunction {
  const draw = rngOf(seed, "random-function", "feeds");
  const normal = (...dims: number[]) =>
    ref(
      "float32",
      dims,
      Float64Array.from({ length: sizeOf(dims) }, () => Math.fround(draw.normal())),
    );
  return {
    feeds: { a: normal(2, 3), b: normal(3), w: normal(3, 3) },
    build(g, inputs) {
      const rng = rngOf(seed, "random-function", "graph");
      const last = compose(g, rng, Object.values(inputs), 2 + rng.int(size), 1);
      // All inputs matter a little, whatever was drawn.
      const all = [last, ...Object.values(inputs)].map((v) =>
        g.ReduceSum(g.Sin(v), undefined, { keepdims: 0 }),
      );
      return all.reduce((x, y) => g.Add(x, g.Mul(y, g.scalar(0.3))));
    },
  };
}

function compose(g: Builder, rng: Rng, given: readonly Value[], steps: number, depth: number): Value {
  const values = [...given];
  for (let i = 0; i < steps; i++) values.push(step(g, rng, values, depth));
  return values.at(-1) ?? g.scalar(0);
}

function step(g: Builder, rng: Rng, values: readonly Value[], depth: number): Value {
  const x = rng.pick(values.slice(-4));
  const matrices = values.filter((v) => v.rank === 2);
  const m = rng.pick(matrices);
  switch (rng.int(depth > 0 ? 12 : 9)) {
    case 0:
    case 1:
      return g.op1(rng.pick(UNARY), [x]);
    case 2: {
      const same = values.filter((v) => v.shape.join() === x.shape.join());
      return g.Tanh(g.op1(rng.pick(["Add", "Sub", "Mul"]), [x, rng.pick(same)]));
    }
    case 3:
      return g.Div(x, g.Add(g.scalar(1.5), g.Mul(x, x)));
    case 4: {
      const right = matrices.filter((v) => v.shape[0] === m.shape[1]);
      return right.length === 0 ? g.Transpose(m, { perm: [1, 0] }) : g.Tanh(g.MatMul(m, rng.pick(right)));
    }
    case 5:
      return x.rank === 0 ? g.Exp(g.Neg(g.Mul(x, x))) : g.op1(rng.pick(NORMALISING), [x], { axis: -1 });
    case 6:
      return g.op1(rng.pick(REDUCTIONS), [m, g.i64([rng.int(2)])], { keepdims: 1 });
    case 7:
      return g.Add(
        m,
        g.Slice(g.Concat([m, m], { axis: 1 }), g.i64([1]), g.i64([1 + Number(m.shape[1])]), g.i64([1])),
      );
    case 8:
      return g.Sqrt(g.Add(g.scalar(1), g.Mul(x, x)));
    case 9:
      return scanned(g, rng, m, values);
    case 10:
      return looped(g, rng, x, values);
    default:
      return branched(g, rng, x, values);
  }
}

/** Rows one after another, with what was before carried along; the body uses values around. */
function scanned(g: Builder, rng: Rng, m: Value, values: readonly Value[]): Value {
  const row = { dtype: "float32", shape: m.shape.slice(1) } as const;
  const start = g.ReduceMean(m, g.i64([0]), { keepdims: 0 });
  const body = g.subgraph(
    "rows",
    [
      { name: "h", ...row },
      { name: "x", ...row },
    ],
    (b, ...own) => {
      const [h, x] = own as [Value, Value];
      const weight = values.find(
        (v) => v.rank === 2 && v.shape[0] === v.shape[1] && v.shape[0] === row.shape[0],
      );
      const mixed = weight === undefined ? h : b.MatMul(b.Unsqueeze(h, b.i64([0])), weight);
      const next = b.Tanh(b.Add(b.Reshape(mixed, b.i64(h.dims)), x));
      return [next, b.Reshape(b.Mul(next, b.Sigmoid(h)), b.i64(x.dims))];
    },
  );
  const direction = rng.int(2) as 0 | 1;
  const [h, rows] = g.Scan([start, m], { body, num_scan_inputs: 1, scan_input_directions: [direction] });
  return rng.int(2) === 0 ? (rows ?? m) : (h ?? m);
}

function looped(g: Builder, rng: Rng, x: Value, values: readonly Value[]): Value {
  const others = values.filter((v) => v.shape.join() === x.shape.join());
  const body = g.subgraph(
    "trips",
    [
      { name: "i", dtype: "int64", shape: [] },
      { name: "go", dtype: "bool", shape: [] },
      { name: "s", dtype: "float32", shape: x.shape },
    ],
    (b, _i, go, s) => {
      const state = s as Value;
      const next = b.op1(rng.pick(UNARY), [b.Add(b.Mul(state, b.scalar(0.7)), rng.pick(others))]);
      return [go as Value, next];
    },
  );
  const [last] = g.Loop(g.i64(1 + rng.int(3)), undefined, [x], { body });
  return last ?? x;
}

function branched(g: Builder, rng: Rng, x: Value, values: readonly Value[]): Value {
  const others = values.filter((v) => v.shape.join() === x.shape.join());
  const branch = (name: string) =>
    g.subgraph(name, [], (b) => [b.op1(rng.pick(UNARY), [b.Mul(x, rng.pick(others))])]);
  const [then_branch, else_branch] = [branch("then"), branch("else")];
  // A condition that no small change turns over.
  const side = g.Greater(g.Size(x), g.i64(rng.int(6)));
  const [y] = g.If(side, { then_branch, else_branch });
  return y ?? x;
}
