import {
  capturedBy,
  type Graph,
  isFloat,
  type Node,
  prune,
  sizeOf,
  subgraphsOf,
  Value,
} from "../ir/index.js";
import {
  Builder,
  exchangedFilters,
  type Names,
  opOf,
  readAttributes,
  unfoldedWeightGrad,
} from "../ops/index.js";
import {
  blockedConv,
  blockedFilters,
  blockedPool,
  fromBlocks,
  outputBlockedFilters,
  planeMeans,
  scaleAndShift,
  toBlocks,
} from "./blocked-kernels.js";
import { type FilterGradient, filterGradient, type Producers } from "./filter-gradients.js";
import { covers, type PoolGradient, poolGradient, takeMaxima } from "./pool-gradient.js";
import { consumersOf, producersOf } from "./rewrite.js";

/** Operators that work on each element by itself, so that they are the same in any layout. */
const ELEMENTWISE = new Set(
  (
    "Abs Add And Cast Ceil Clip Div Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish " +
    "LeakyRelu Less LessOrEqual Log Max Mean Min Mul Neg Not Or Pow Reciprocal Relu Selu Sigmoid Sign Softplus " +
    "Sqrt Sub Sum Tanh Where"
  ).split(" "),
);

/**
 * Convolutions of a training graph by the kernels that ONNX Runtime has for blocks of `block` channels: two to
 * three times faster than those that it has for weights that are not constant, three to ten times for depthwise ones
 * and for the gradient of their filters. What lies between convolutions stays in that layout: elementwise operators
 * are the same in it, batch normalisation is a depthwise 1×1 convolution, means over planes have their own kernel.
 *
 * The operators are ONNX Runtime's own (`com.microsoft.nchwc`), so this is for graphs that are run here and now,
 * never for files; `block` is what the runtime says it has. To be applied last: nothing knows these operators.
 * What the kernels do not cover (channels that do not fill blocks, symbolic shapes) stays as it is.
 */
export function blockLayout(graph: Graph, block: number, names?: Names): Graph {
  return new Blocking(graph, block, names).run();
}

class Blocking {
  private readonly g: Builder;
  private readonly consumers: ReadonlyMap<Value, readonly Node[]>;
  /** Gradients of filters by the node that ends them, and all nodes that lead to one. */
  private readonly gradients = new Map<Node, FilterGradient>();
  private readonly leading = new Set<Node>();
  private readonly poolGradients = new Map<Node, PoolGradient>();
  /** What graphs inside nodes read: those see the value itself. */
  private readonly captured: ReadonlySet<Value>;
  /** What stands for each value of the graph, in the one layout and in the other; at least one is there. */
  private readonly plain = new Map<Value, Value>();
  private readonly blocked = new Map<Value, Value>();

  constructor(
    private readonly graph: Graph,
    private readonly block: number,
    names?: Names,
  ) {
    this.g = Builder.over(graph, undefined, names);
    this.consumers = consumersOf(graph);
    this.captured = new Set(graph.nodes.flatMap(subgraphsOf).flatMap((sub) => [...capturedBy(sub)]));
    const producers = producersOf(graph);
    for (const node of graph.nodes) {
      const filters = filterGradient(node, producers);
      const pool = this.ownPool(poolGradient(node, producers));
      if (filters !== undefined) this.gradients.set(node, filters);
      if (pool !== undefined) this.poolGradients.set(node, pool);
      const ends = filters ?? pool;
      if (ends === undefined) continue;
      for (const inner of between(node, [ends.x, ends.dy], producers)) this.leading.add(inner);
    }
  }

  /** The gradient, if its pool is there for nothing else and its tensors fill blocks. */
  private ownPool(it: PoolGradient | undefined): PoolGradient | undefined {
    const [maximum] = it?.pool.outputs ?? [];
    const read = maximum !== undefined && (this.consumers.get(maximum) ?? []).length > 0;
    if (it === undefined || read || (maximum !== undefined && this.graph.outputs.includes(maximum)))
      return undefined;
    return this.fits(it.x) && this.fits(it.dy) && it.x.dtype === "float32" ? it : undefined;
  }

  run(): Graph {
    for (const node of this.graph.nodes) {
      if (node.outputs.some((v) => v !== undefined && this.blocked.has(v))) continue;
      // What leads to the gradient of filters is written where that ends.
      if (this.leading.has(node)) continue;
      const seen = node.outputs.some((v) => v !== undefined && this.captured.has(v));
      if (node.domain === "" && !seen && this.rule(node)) continue;
      this.g.append({ ...node, inputs: node.inputs.map((v) => v && this.plainOf(v)) });
      for (const v of node.outputs) if (v !== undefined) this.plain.set(v, v);
    }
    const swap = (v: Value) => this.plainOf(v);
    return prune(this.g.finish(this.graph.outputs.map(swap)));
  }

  /** Whether the node was written anew, on blocks. */
  private rule(node: Node): boolean {
    const gradient = this.gradients.get(node);
    if (gradient !== undefined) return this.gradientOfFilters(node, gradient);
    const pool = this.poolGradients.get(node);
    if (pool !== undefined) return this.gradientOfPool(node, pool);
    if (ELEMENTWISE.has(node.opType)) return this.elementwise(node);
    switch (node.opType) {
      case "Conv":
        return this.convolution(node);
      case "ConvTranspose":
        return this.depthwiseTransposed(node);
      case "BatchNormalization":
        return this.normalisation(node);
      case "ReduceMean":
      case "ReduceSum":
        return this.reduction(node);
      case "MaxPool":
      case "AveragePool":
        return this.pool(node);
      default:
        return false;
    }
  }

  private plainOf(value: Value): Value {
    const known = this.plain.get(value);
    if (known !== undefined) return known;
    const inBlocks = this.blocked.get(value);
    if (inBlocks === undefined) return value;
    const made = fromBlocks(this.g, inBlocks);
    this.plain.set(value, made);
    return made;
  }

  private blockedOf(value: Value): Value {
    const known = this.blocked.get(value);
    if (known !== undefined) return known;
    const made = toBlocks(this.g, this.plainOf(value));
    this.blocked.set(value, made);
    return made;
  }

  /** Four static axes and whole blocks of channels. */
  private fits(value: Value): boolean {
    return value.rank === 4 && isStatic(value) && Number(value.shape[1]) % this.block === 0;
  }

  /** Whether a value is there in blocks alone, so that working on blocks saves a way back. */
  private onlyBlocked(value: Value): boolean {
    return this.blocked.has(value) && !this.plain.has(value);
  }

  /** The positive part that follows, if nothing else reads the value: the kernels take it along. */
  private positivePart(value: Value): Value | undefined {
    const [next, ...others] = this.consumers.get(value) ?? [];
    if (others.length > 0 || next?.opType !== "Relu" || next.domain !== "") return undefined;
    return this.graph.outputs.includes(value) ? undefined : next.outputs[0];
  }

  private convolution(node: Node): boolean {
    const { g, block } = this;
    const [x, w, bias] = node.inputs;
    const [y] = node.outputs;
    if (x === undefined || w === undefined || y === undefined || x.dtype !== "float32") return false;
    if (w.data !== undefined || x.rank !== 4 || ![x, w, y].every(isStatic) || !this.fits(y)) return false;
    const attrs = readAttributes(opOf("Conv").attributes, node.attributes);
    if (attrs.auto_pad !== "NOTSET") return false;
    const [, c = 1] = x.dims;
    const group = Number(attrs.group);
    const depthwise = group > 1 && group === c && w.dims[0] === c;
    const few = group === 1 && c < block;
    if (!depthwise && !few && !(group === 1 && this.fits(x))) return false;
    const filters = this.plainOf(w);
    const window = {
      kernel: w.dims.slice(2),
      strides: attrs.strides as readonly number[] | undefined,
      dilations: attrs.dilations as readonly number[] | undefined,
      pads: attrs.pads as readonly number[] | undefined,
      group,
    };
    const positive = this.positivePart(y);
    const made = blockedConv(
      g,
      few ? this.plainOf(x) : this.blockedOf(x),
      depthwise || few ? outputBlockedFilters(g, filters, block) : blockedFilters(g, filters, block),
      bias && this.plainOf(bias),
      y.dims,
      { ...window, relu: positive !== undefined },
    );
    this.blocked.set(positive ?? y, made);
    // Nothing reads the convolution itself then; the mark says that it is done.
    if (positive !== undefined) this.blocked.set(y, made);
    return true;
  }

  /**
   * The gradient of the input of a depthwise convolution with strides: dy with zeros between its places, under
   * the reversed filters. (Where channels are mixed, the zeros would cost more than ONNX Runtime's own kernel.)
   */
  private depthwiseTransposed(node: Node): boolean {
    const { g, block } = this;
    const [dy, w] = node.inputs;
    const [y] = node.outputs;
    if (dy === undefined || w === undefined || y === undefined || node.inputs.length !== 2) return false;
    if (!this.fits(dy) || !this.fits(y) || !isStatic(w) || dy.dtype !== "float32") return false;
    const attrs = readAttributes(opOf("ConvTranspose").attributes, node.attributes);
    const [n = 1, c = 1, ...places] = dy.dims;
    if (
      attrs.group !== c ||
      w.dims[1] !== 1 ||
      attrs.auto_pad !== "NOTSET" ||
      attrs.output_shape !== undefined
    )
      return false;
    const strides = (attrs.strides as readonly number[] | undefined) ?? [1, 1];
    const dilations = (attrs.dilations as readonly number[] | undefined) ?? [1, 1];
    const before = ((attrs.pads as readonly number[] | undefined) ?? [0, 0, 0, 0]).slice(0, 2);
    const kernel = w.dims.slice(2);
    const spread = places.map((d, i) => d * (strides[i] ?? 1));
    const reach = kernel.map((k, i) => (k - 1) * (dilations[i] ?? 1));
    const first = reach.map((r, i) => r - (before[i] ?? 0));
    const last = reach.map((r, i) => (y.dims[i + 2] ?? 1) - (spread[i] ?? 1) - (first[i] ?? 0) + r);
    if ([...first, ...last].some((p) => p < 0)) return false;
    const [rows = 1, columns = 1] = places;
    const [down = 1, across = 1] = strides;
    const apart = g.Reshape(this.blockedOf(dy), g.i64([(n * c * rows) / block, 1, columns, block]));
    const zeros = g.Pad(apart, g.i64([0, 0, 0, 0, 0, down - 1, 0, (across - 1) * block]));
    const filters = outputBlockedFilters(g, exchangedFilters(g, this.plainOf(w), c), block);
    const wide = g.Reshape(zeros, g.i64([n, c, ...spread]));
    const window = { kernel, dilations, pads: [...first, ...last], group: c };
    this.blocked.set(y, blockedConv(g, wide, filters, undefined, y.dims, window));
    return true;
  }

  private gradientOfFilters(node: Node, it: FilterGradient): boolean {
    const [y] = node.outputs;
    if (y === undefined) return false;
    const { x, dy, window, shape } = it;
    const made =
      this.slidingGradient(it) ??
      unfoldedWeightGrad(this.g, this.plainOf(x), this.plainOf(dy), shape, window);
    this.plain.set(y, this.g.Reshape(made, this.g.i64(y.rank === 3 ? y.dims : shape)));
    return true;
  }

  /** The gradient of filters as a convolution whose filters are dy; undefined where that is not the fastest. */
  private slidingGradient(it: FilterGradient): Value | undefined {
    const { g, block } = this;
    const { x, dy, window } = it;
    if (x.dtype !== "float32" || !this.fits(dy)) return undefined;
    const [n = 1, c = 1, ...input] = x.dims;
    const [, m = 1, ...output] = dy.dims;
    const taps = sizeOf(window.kernel);
    const slide = {
      kernel: output,
      strides: window.dilations,
      dilations: window.strides,
      group: window.group,
    };
    if (window.group > 1) {
      if (!this.fits(x)) return undefined;
      // Every image's channel is a channel of its own; dy in blocks is its filters as the kernel wants them.
      const each = blockedConv(
        g,
        g.Reshape(this.blockedOf(x), g.i64([1, n * c, ...input])),
        g.Reshape(this.blockedOf(dy), g.i64([n * c, 1, ...output])),
        undefined,
        [1, n * c, ...window.kernel],
        { ...slide, pads: [...window.before, ...window.after], group: n * c },
      );
      const images = g.Reshape(each, g.i64([n, c / block, taps, block]));
      const sum = g.ReduceSum(images, g.i64([0]), { keepdims: 0 });
      return g.Transpose(sum, { perm: [0, 2, 1] });
    }
    // One place of the kernel alone is a matrix product, which is faster as such.
    if (taps === 1 || n % block !== 0) return undefined;
    const exchangedX = g.Transpose(this.plainOf(x), { perm: [1, 0, 2, 3] });
    const pads = [0, 0, ...window.before, 0, 0, ...window.after];
    const padded = pads.some((p) => p > 0) ? g.Pad(exchangedX, g.i64(pads)) : exchangedX;
    const images = g.i64([n / block, block, m / block, sizeOf(output), block]);
    const slopes = g.Transpose(g.Reshape(this.blockedOf(dy), images), { perm: [2, 0, 3, 1, 4] });
    const each = blockedConv(
      g,
      toBlocks(g, padded),
      g.Reshape(slopes, g.i64([m, n, ...output])),
      undefined,
      [c, m, ...window.kernel],
      slide,
    );
    const parts = g.Reshape(each, g.i64([c, m / block, taps, block]));
    return g.Transpose(parts, { perm: [1, 3, 0, 2] });
  }

  private gradientOfPool(node: Node, { x, dy, kernel }: PoolGradient): boolean {
    const { g } = this;
    const [dx] = node.outputs;
    if (dx === undefined) return false;
    // The forward pass has pooled the same input already, as a rule.
    const forward = (this.consumers.get(x) ?? []).find(
      (other) =>
        other.opType === "MaxPool" &&
        other.outputs.length === 1 &&
        covers(other, x) &&
        other.outputs[0]?.shape.join() === dy.shape.join() &&
        this.blocked.has(other.outputs[0]),
    )?.outputs[0];
    const y =
      forward === undefined
        ? blockedPool(g, "MaxPool", this.blockedOf(x), dy.dims, {
            kernel_shape: { type: "ints", value: kernel },
            strides: { type: "ints", value: kernel },
          })
        : this.blockedOf(forward);
    this.blocked.set(dx, takeMaxima(g, this.blockedOf(x), y, this.blockedOf(dy), kernel, this.block));
    return true;
  }

  private elementwise(node: Node): boolean {
    const [y] = node.outputs;
    if (y === undefined || node.outputs.length !== 1 || !this.fits(y)) return false;
    const shape = y.shape.join();
    const inputs = node.inputs.filter((v) => v !== undefined);
    const wide = inputs.filter((v) => v.shape.join() === shape);
    const here = wide.length > 0 && wide.every((v) => this.blocked.has(v));
    if (!here && !wide.some((v) => this.onlyBlocked(v))) return false;
    const others = inputs.filter((v) => !wide.includes(v));
    if (others.some((v) => !isStatic(v) || sizeOf(v.dims) !== 1)) return this.perChannel(node, wide, others);
    if (wide.some((v) => !this.blocked.has(v) && v.dtype !== "float32")) return false;
    const made = new Value(this.g.freshName(y.name), y.type);
    this.g.append({
      ...node,
      inputs: node.inputs.map((v) => v && (wide.includes(v) ? this.blockedOf(v) : this.plainOf(v))),
      outputs: [made],
    });
    this.blocked.set(y, made);
    return true;
  }

  /** x + v, x - v or x v with one number a channel. */
  private perChannel(node: Node, wide: readonly Value[], others: readonly Value[]): boolean {
    const { g } = this;
    const [x] = wide;
    const [v, ...more] = others;
    const [y] = node.outputs;
    if (x === undefined || v === undefined || y === undefined || more.length > 0 || wide.length !== 1)
      return false;
    const c = Number(x.shape[1]);
    const axis = v.rank - 3;
    if (!isStatic(v) || sizeOf(v.dims) !== c || v.shape[axis] !== c || x.dtype !== "float32") return false;
    const flat = () => g.Reshape(this.plainOf(v), g.i64([c]));
    const all = (value: number) => g.Expand(g.scalar(value), g.i64([c]));
    const inBlocks = this.blockedOf(x);
    if (node.opType === "Add") this.blocked.set(y, scaleAndShift(g, inBlocks, all(1), flat()));
    else if (node.opType === "Mul") this.blocked.set(y, scaleAndShift(g, inBlocks, flat(), all(0)));
    else if (node.opType === "Sub" && node.inputs[0] === x)
      this.blocked.set(y, scaleAndShift(g, inBlocks, all(1), g.Neg(flat())));
    else return false;
    return true;
  }

  private normalisation(node: Node): boolean {
    const { g } = this;
    const [x, scale, bias, mean, variance] = node.inputs;
    const [y] = node.outputs;
    if (x === undefined || y === undefined || !this.fits(x) || !this.blocked.has(x)) return false;
    if (scale === undefined || bias === undefined || mean === undefined || variance === undefined)
      return false;
    const attrs = readAttributes(opOf("BatchNormalization").attributes, node.attributes);
    if (attrs.training_mode === 1 || node.outputs.length !== 1) return false;
    const spread = g.Sqrt(g.Add(this.plainOf(variance), g.scalar(Number(attrs.epsilon))));
    const factor = g.Div(this.plainOf(scale), spread);
    const shift = g.Sub(this.plainOf(bias), g.Mul(this.plainOf(mean), factor));
    const positive = this.positivePart(y);
    const made = scaleAndShift(g, this.blockedOf(x), factor, shift, positive !== undefined);
    this.blocked.set(positive ?? y, made);
    if (positive !== undefined) this.blocked.set(y, made);
    return true;
  }

  /** Sums and means over planes, or over planes and images. */
  private reduction(node: Node): boolean {
    const { g } = this;
    const [x, axes] = node.inputs;
    const [y] = node.outputs;
    if (x === undefined || y === undefined || axes?.data === undefined || !this.fits(x)) return false;
    if (x.dtype !== "float32" || !this.onlyBlocked(x)) return false;
    const over = Array.from(axes.data.data as ArrayLike<number | bigint>, (v) => (Number(v) + 4) % 4);
    const key = over.sort((a, b) => a - b).join();
    if (key !== "2,3" && key !== "0,2,3") return false;
    const [n = 1, c = 1, ...plane] = x.dims;
    const places = sizeOf(plane);
    const sums = node.opType === "ReduceSum";
    let made = g.Reshape(planeMeans(g, this.blockedOf(x)), g.i64([n, c]));
    if (key === "0,2,3") {
      made = sums
        ? g.ReduceSum(made, g.i64([0]), { keepdims: 0 })
        : g.ReduceMean(made, g.i64([0]), { keepdims: 0 });
    }
    if (sums) made = g.Mul(made, g.scalar(places));
    this.plain.set(y, g.Reshape(made, g.i64(y.dims)));
    return true;
  }

  private pool(node: Node): boolean {
    const [x] = node.inputs;
    const [y] = node.outputs;
    if (x === undefined || y === undefined || node.outputs.length !== 1) return false;
    if (!this.fits(x) || !this.fits(y) || !this.onlyBlocked(x) || x.dtype !== "float32") return false;
    const attrs = readAttributes(opOf(node.opType).attributes, node.attributes);
    if (attrs.ceil_mode === 1 || attrs.auto_pad !== "NOTSET" || attrs.dilations !== undefined) return false;
    const { storage_order: _, ...attributes } = node.attributes;
    const opType = node.opType === "MaxPool" ? "MaxPool" : "AveragePool";
    this.blocked.set(y, blockedPool(this.g, opType, this.blockedOf(x), y.dims, attributes));
    return true;
  }
}

function isStatic(value: Value): boolean {
  return value.type?.kind === "tensor" && value.shape.every((d) => typeof d === "number") && isKnown(value);
}

function isKnown(value: Value): boolean {
  return isFloat(value.dtype) || ["bool", "int64", "int32"].includes(value.dtype);
}

/** The nodes from `from` (left out) back to some values. */
function between(from: Node, ends: readonly Value[], producers: Producers): Node[] {
  return from.inputs.flatMap((v) => {
    const node = v === undefined || ends.includes(v) ? undefined : producers.get(v);
    return node === undefined ? [] : [node, ...between(node, ends, producers)];
  });
}
