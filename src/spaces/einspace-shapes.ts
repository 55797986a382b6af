/** Shape rules of einspace: what every rule of its grammar makes of a tensor. Shapes are without the batch axis. */
import { sizeOf } from "../ir/index.js";

/** A derivation below the root. Copies of a branch of four or eight stand once. */
export type EinModule =
  | { readonly op: "sequential"; readonly first: EinModule; readonly second: EinModule }
  | {
      readonly op: "branching";
      readonly split: Split;
      readonly branch: EinModule;
      /** Second branch, where there are two. */
      readonly other?: EinModule;
      readonly aggregate: Aggregate;
    }
  | { readonly op: "routing"; readonly pre: Pre; readonly body: EinModule; readonly post: Post }
  | { readonly op: "computation"; readonly layer: Layer };

/** What runs through a derivation: an image [C, H, W] or columns [S, D]. */
export interface Flow {
  readonly shape: readonly number[];
  /** Rows and columns that `col2im` brings back: of the im2col at hand. */
  readonly grid: readonly number[] | null;
}

export const SPLITS = [
  "clone2",
  "clone4",
  "clone8",
  "group2_dim1",
  "group2_dim2",
  "group2_dim3",
  "group4_dim1",
  "group4_dim2",
  "group4_dim3",
  "group8_dim1",
  "group8_dim2",
  "group8_dim3",
] as const;
export type Split = (typeof SPLITS)[number];

/** Concatenations take as many tensors as there are branches. */
export const AGGREGATES = [
  "dot_product",
  "scaled_dot_product",
  "add",
  "concat_dim1",
  "concat_dim2",
  "concat_dim3",
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

const PERMUTES = ["permute21", "permute132", "permute213", "permute231", "permute312", "permute321"] as const;
export type Permute = (typeof PERMUTES)[number];

/** Kernel, stride, padding. */
export const IM2COLS = {
  im2col_1k1s0p: [1, 1, 0],
  im2col_1k2s0p: [1, 2, 0],
  im2col_3k1s1p: [3, 1, 1],
  im2col_3k2s1p: [3, 2, 1],
  im2col_4k4s0p: [4, 4, 0],
  im2col_8k8s0p: [8, 8, 0],
  im2col_16k16s0p: [16, 16, 0],
} as const;
export type Im2col = keyof typeof IM2COLS;

export const PRES = [
  "identity",
  ...PERMUTES,
  "im2col_1k1s0p",
  "im2col_1k2s0p",
  "im2col_3k1s1p",
  "im2col_3k2s1p",
  "im2col_4k4s0p",
  "im2col_8k8s0p",
  "im2col_16k16s0p",
] as const;
export type Pre = (typeof PRES)[number];

export const POSTS = ["identity", ...PERMUTES, "col2im"] as const;
export type Post = (typeof POSTS)[number];

export const LAYERS = [
  "identity",
  "linear16",
  "linear32",
  "linear64",
  "linear128",
  "linear256",
  "linear512",
  "linear1024",
  "linear2048",
  "norm",
  "leaky_relu",
  "softmax",
  "positions",
] as const;
export type Layer = (typeof LAYERS)[number];

interface Cut {
  readonly factor: number;
  /** The axis that is cut, counted with the batch's; undefined for clones. */
  readonly axis: number | undefined;
}

const CUTS = tableOf(SPLITS, (name): Cut => {
  const [, factor, axis] = /^[a-z]+(\d)(?:_dim(\d))?$/.exec(name) ?? [];
  return { factor: Number(factor), axis: axis === undefined ? undefined : Number(axis) };
});
const JOINS = tableOf(AGGREGATES, (name) =>
  name.startsWith("concat_dim") ? Number(name.slice("concat_dim".length)) : undefined,
);
const ORDERS = tableOf(PERMUTES, (name): readonly number[] =>
  [0, ...name.slice("permute".length)].map(Number),
);
const WIDTHS = tableOf(LAYERS, (name) =>
  name.startsWith("linear") ? Number(name.slice("linear".length)) : undefined,
);

function tableOf<N extends string, T>(names: readonly N[], of: (name: N) => T): Readonly<Record<N, T>> {
  const table: unknown = Object.fromEntries(names.map((name) => [name, of(name)]));
  return table as Record<N, T>;
}

/** Output width of a linear layer; undefined for the others. */
export function widthOf(layer: Layer): number | undefined {
  return WIDTHS[layer];
}

/** How many branches, and the axis that is cut. */
export function splitOf(split: Split): Cut {
  return CUTS[split];
}

/** The axis that is joined, counted with the batch's; undefined for sums and products. */
export function joinOf(aggregate: Aggregate): number | undefined {
  return JOINS[aggregate];
}

/** Axes in their new order, counted with the batch's. */
export function orderOf(permute: Permute): readonly number[] {
  return ORDERS[permute];
}

export function isPermute(name: string): name is Permute {
  return name in ORDERS;
}

export function isIm2col(name: string): name is Im2col {
  return name in IM2COLS;
}

/** Rows and columns of the places that a kernel visits. */
export function gridOf(name: Im2col, [, height = 0, width = 0]: readonly number[]): readonly number[] {
  const [kernel, stride, padding] = IM2COLS[name];
  return [height, width].map((side) => Math.floor((side + 2 * padding - kernel) / stride) + 1);
}

/** Each branch's shape; undefined where the axis does not divide, or is not there. */
export function afterSplit(split: Split, shape: readonly number[]): readonly number[] | undefined {
  const { factor, axis } = splitOf(split);
  if (axis === undefined) return shape;
  const size = shape[axis - 1];
  return size === undefined || size % factor !== 0 ? undefined : shape.with(axis - 1, size / factor);
}

/** The shape of `factor` branches together, the first of shape a, the others of shape b. */
export function afterAggregate(
  aggregate: Aggregate,
  factor: number,
  a: readonly number[],
  b: readonly number[],
): readonly number[] | undefined {
  if (a.length !== b.length) return undefined;
  const equalBut = (axis: number) => a.every((size, i) => i === axis || size === b[i]);
  const join = joinOf(aggregate);
  if (join !== undefined) {
    const [mine, theirs] = [a[join - 1], b[join - 1]];
    if (mine === undefined || theirs === undefined || !equalBut(join - 1)) return undefined;
    return a.with(join - 1, mine + (factor - 1) * theirs);
  }
  if (aggregate === "add") return equalBut(-1) ? a : undefined;
  const [rows, inner, columns] = [b.length - 2, a.at(-1), b.at(-1)];
  const outer = a.slice(0, -2).every((size, i) => size === b[i]);
  return factor === 2 && outer && inner === b[rows] && columns !== undefined
    ? a.with(-1, columns)
    : undefined;
}

/** After the first step of a routing; the grid is that of the im2col, if it is one, or the one around. */
export function afterPre(pre: Pre, flow: Flow): Flow | undefined {
  const { shape } = flow;
  if (!isIm2col(pre)) return permuted(pre, flow);
  const [channels, height = 0, width = 0] = shape;
  const [kernel] = IM2COLS[pre];
  if (shape.length !== 3 || channels === undefined || Math.min(height, width) < kernel) return undefined;
  const grid = gridOf(pre, shape);
  return { shape: [sizeOf(grid), channels * kernel * kernel], grid };
}

/** After the last step of a routing, which needs the grid of the first one. */
export function afterPost(post: Post, flow: Flow): Flow | undefined {
  if (post !== "col2im") return permuted(post, flow);
  const [places, channels] = flow.shape;
  if (flow.shape.length !== 2 || channels === undefined || flow.grid === null) return undefined;
  return places === sizeOf(flow.grid) ? { shape: [channels, ...flow.grid], grid: flow.grid } : undefined;
}

function permuted(name: Exclude<Pre | Post, Im2col | "col2im">, flow: Flow): Flow | undefined {
  if (!isPermute(name)) return flow;
  const order = orderOf(name);
  if (order.length !== flow.shape.length + 1) return undefined;
  return { shape: flow.shape.map((_, i) => flow.shape[(order[i + 1] ?? 0) - 1] ?? 0), grid: flow.grid };
}

/** What a derivation makes of a flow, and what that takes. */
export interface Extent {
  readonly shape: readonly number[];
  readonly params: number;
  /** Numbers that its layers put out for one example, all kept for the way back. */
  readonly activations: number;
}

/** Modules are asked again and again as what stands around them is drawn and checked, mostly for one flow. */
const known = new WeakMap<EinModule, Flow & { readonly extent: Extent | undefined }>();

/** Shape and extent of a derivation; undefined where its rules do not fit together. */
export function extentOf(module: EinModule, flow: Flow): Extent | undefined {
  if (module.op === "computation") return layerExtent(module.layer, flow.shape);
  const found = known.get(module);
  if (found !== undefined && same(found.shape, flow.shape) && same(found.grid, flow.grid))
    return found.extent;
  const extent = freshExtent(module, flow);
  known.set(module, { shape: flow.shape, grid: flow.grid, extent });
  return extent;
}

function same(a: readonly number[] | null, b: readonly number[] | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a.length === b.length && a.every((size, i) => size === b[i]);
}

function freshExtent(module: EinModule, flow: Flow): Extent | undefined {
  switch (module.op) {
    case "computation":
      return layerExtent(module.layer, flow.shape);
    case "sequential": {
      const first = extentOf(module.first, flow);
      const second = first && extentOf(module.second, { ...flow, shape: first.shape });
      return second && { ...second, ...sum([first, second]) };
    }
    case "branching":
      return branchingExtent(module, flow);
    case "routing": {
      const pre = afterPre(module.pre, flow);
      const body = pre && extentOf(module.body, { ...flow, shape: pre.shape });
      const post = body && afterPost(module.post, { shape: body.shape, grid: pre.grid });
      if (pre === undefined || body === undefined || post === undefined) return undefined;
      // Moving numbers makes copies; a convolution in one makes none.
      const moved = isConvolution(module) ? 0 : sizeOf(pre.shape) + sizeOf(post.shape);
      return { shape: post.shape, params: body.params, activations: body.activations + moved };
    }
  }
}

function branchingExtent(module: Extract<EinModule, { op: "branching" }>, flow: Flow): Extent | undefined {
  const { factor } = splitOf(module.split);
  const shape = afterSplit(module.split, flow.shape);
  const first = shape && extentOf(module.branch, { ...flow, shape });
  const second = shape && (module.other === undefined ? first : extentOf(module.other, { ...flow, shape }));
  if (first === undefined || second === undefined) return undefined;
  const joined = afterAggregate(module.aggregate, factor, first.shape, second.shape);
  if (joined === undefined) return undefined;
  const parts = [first, ...Array.from({ length: factor - 1 }, () => second)];
  const made = sum(parts);
  return { shape: joined, params: made.params, activations: made.activations + sizeOf(joined) };
}

function layerExtent(layer: Layer, shape: readonly number[]): Extent {
  const width = widthOf(layer);
  const inputs = shape.at(-1) ?? 1;
  const size = sizeOf(shape);
  if (width !== undefined) {
    return {
      shape: shape.with(-1, width),
      params: (inputs + 1) * width,
      activations: (size / inputs) * width,
    };
  }
  const scales = shape.length === 3 ? (shape[0] ?? 1) : inputs;
  const params = layer === "norm" ? 2 * scales : layer === "positions" ? size : 0;
  return { shape, params, activations: layer === "identity" ? 0 : size };
}

function sum(parts: readonly Extent[]): Pick<Extent, "params" | "activations"> {
  return {
    params: parts.reduce((total, it) => total + it.params, 0),
    activations: parts.reduce((total, it) => total + it.activations, 0),
  };
}

/** im2col, a linear layer, col2im: the compiler makes one convolution of it. */
export function isConvolution(module: EinModule): boolean {
  if (module.op !== "routing" || !isIm2col(module.pre) || module.post !== "col2im") return false;
  return module.body.op === "computation" && widthOf(module.body.layer) !== undefined;
}
