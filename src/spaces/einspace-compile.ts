/** From a derivation of einspace to operators. */
import { fail } from "../base/index.js";
import { tensor, type Value } from "../ir/index.js";
import { batchNorm, conv2d, init, layerNorm, linear, type NetworkBuilder } from "../nn/index.js";
import {
  type Aggregate,
  afterPost,
  afterPre,
  type EinModule,
  type Flow,
  gridOf,
  IM2COLS,
  type Im2col,
  isConvolution,
  isIm2col,
  isPermute,
  joinOf,
  type Layer,
  orderOf,
  type Post,
  type Pre,
  splitOf,
  widthOf,
} from "./einspace-shapes.js";

export interface CompileOptions {
  /** Make one convolution of im2col, a linear layer and col2im. Default true. */
  readonly fuse?: boolean;
}

/** Operators of a derivation over x [N, ...flow.shape]. Each copy of a branch has weights of its own. */
export function compileModule(
  g: NetworkBuilder,
  x: Value,
  module: EinModule,
  grid: Flow["grid"] = null,
  options: CompileOptions = {},
): Value {
  const inside = (name: string, it: EinModule, y: Value) =>
    g.scope(name, () => compileModule(g, y, it, grid, options));
  switch (module.op) {
    case "computation":
      return computed(g, x, module.layer);
    case "sequential":
      return inside("second", module.second, inside("first", module.first, x));
    case "branching": {
      const { branch, other = branch } = module;
      const parts = split(g, x, module.split).map((y, i) =>
        inside(`branch${i + 1}`, i === 0 ? branch : other, y),
      );
      return joined(g, parts, module.aggregate);
    }
    case "routing": {
      if (options.fuse !== false && isConvolution(module)) return convolved(g, x, module);
      const moved = afterPre(module.pre, { shape: shapeOf(x), grid });
      const body = inside("body", module.body, moveBefore(g, x, module.pre));
      return moveAfter(g, body, module.post, moved?.grid ?? null);
    }
  }
}

/** Sizes without the batch's. */
export function shapeOf(x: Value): number[] {
  return x.shape.slice(1).map(Number);
}

function computed(g: NetworkBuilder, x: Value, layer: Layer): Value {
  const width = widthOf(layer);
  if (width !== undefined) return linear(g, x, width);
  switch (layer) {
    case "norm":
      return x.rank === 4 ? batchNorm(g, x) : layerNorm(g, x);
    case "leaky_relu":
      return g.LeakyRelu(x, { alpha: 0.01 });
    case "softmax":
      return g.Softmax(x, { axis: -1 });
    case "positions":
      return g.Add(x, g.param("positions", [1, ...shapeOf(x)], { init: init.normal(1), decay: false }));
    default:
      return x;
  }
}

function split(g: NetworkBuilder, x: Value, name: Parameters<typeof splitOf>[0]): readonly Value[] {
  const { factor, axis } = splitOf(name);
  if (axis === undefined) return Array.from({ length: factor }, () => x);
  const size = Number(x.shape[axis]) / factor;
  return g.op("Split", [x, g.i64(Array.from({ length: factor }, () => size))], { axis }, factor);
}

function joined(g: NetworkBuilder, parts: readonly Value[], aggregate: Aggregate): Value {
  const axis = joinOf(aggregate);
  if (axis !== undefined) return g.Concat(parts, { axis });
  if (aggregate === "add") return g.Sum(parts);
  const [a, b] = parts;
  if (a === undefined || b === undefined) return fail("internal", { expected: "two branches of a product" });
  const inner = Number(a.shape.at(-1));
  return g.MatMul(aggregate === "dot_product" ? a : g.Mul(a, g.scalar(1 / Math.sqrt(inner))), b);
}

function convolved(g: NetworkBuilder, x: Value, { pre, body }: Extract<EinModule, { op: "routing" }>): Value {
  const out = body.op === "computation" ? widthOf(body.layer) : undefined;
  if (!isIm2col(pre) || out === undefined) return fail("internal", { expected: "a convolution in parts" });
  const [kernel, stride, padding] = IM2COLS[pre];
  const options = { kernel, stride, padding, bias: true, init: init.heNormalIn };
  return g.scope("body", () => conv2d(g, x, out, options));
}

function moveBefore(g: NetworkBuilder, x: Value, name: Pre): Value {
  if (isIm2col(name)) return im2col(g, x, name);
  return isPermute(name) ? g.Transpose(x, { perm: [...orderOf(name)] }) : x;
}

/** [N, S, D] to [N, D, height, width] is a transposition: nothing is added up. */
function moveAfter(g: NetworkBuilder, x: Value, name: Post, grid: Flow["grid"]): Value {
  if (name !== "col2im") return isPermute(name) ? g.Transpose(x, { perm: [...orderOf(name)] }) : x;
  const image = afterPost(name, { shape: shapeOf(x), grid });
  if (image === undefined)
    return fail("internal", { expected: "a grid of as many places as there are rows" });
  return g.Reshape(g.Transpose(x, { perm: [0, 2, 1] }), g.i64([0, ...image.shape]));
}

/**
 * [N, C, H, W] to [N, places, C·k²], columns ordered by channel, then row and column of the kernel. Kernels that do
 * not overlap are cut out; others are a depthwise convolution with one-hot filters, the fastest way in ONNX Runtime.
 */
function im2col(g: NetworkBuilder, x: Value, name: Im2col): Value {
  const [kernel, stride, padding] = IM2COLS[name];
  const shape = shapeOf(x);
  const [channels = 0, height = 0, width = 0] = shape;
  const [rows = 0, columns = 0] = gridOf(name, shape);
  const places = rows * columns;
  const inner = channels * kernel * kernel;
  if (kernel === 1 && stride === 1) {
    return g.Transpose(g.Reshape(x, g.i64([0, channels, -1])), { perm: [0, 2, 1] });
  }
  if (kernel === stride) {
    const whole = rows * kernel === height && columns * kernel === width;
    const cut = whole
      ? x
      : g.Slice(x, g.i64([0, 0]), g.i64([rows * kernel, columns * kernel]), g.i64([2, 3]));
    const blocks = g.Reshape(cut, g.i64([-1, channels, rows, kernel, columns, kernel]));
    const ordered = g.Transpose(blocks, { perm: [0, 2, 4, 1, 3, 5] });
    return g.Reshape(ordered, g.i64([-1, places, inner]));
  }
  const taps = Array.from({ length: inner * kernel * kernel }, (_, i) => {
    const tap = i % (kernel * kernel);
    return tap === Math.floor(i / (kernel * kernel)) % (kernel * kernel) ? 1 : 0;
  });
  const filters = g.constant(tensor("float32", [inner, 1, kernel, kernel], taps), "taps");
  const maps = g.Conv(x, filters, undefined, {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [1, 1],
    group: channels,
  });
  return g.Transpose(g.Reshape(maps, g.i64([0, inner, -1])), { perm: [0, 2, 1] });
}
