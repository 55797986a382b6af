import { fail } from "../../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import { init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import { MASKED } from "../attention/masks.js";
import { dropout } from "../dropout.js";
import { EXAMPLE_GRAPH } from "./example.js";
import { rowCount, segmentSoftmax } from "./segments.js";
import { edgesOf, type GraphStructure, sumAt, zerosLike } from "./structure.js";

export interface GatOptions {
  /** Default 1. */
  readonly heads?: number;
  /** Whether heads stand side by side (default) or are averaged, as in a last layer. */
  readonly join?: "concat" | "mean";
  /**
   * "static": LeakyReLU(a · [W xᵢ, W xⱼ]) (Veličković et al. 2018). "dynamic": a · LeakyReLU(W xᵢ + V xⱼ), whose order
   * of neighbours can differ from node to node (Brody et al. 2022). Default "dynamic".
   */
  readonly scores?: "static" | "dynamic";
  /** Whether a node also attends to itself. Default true. */
  readonly self?: boolean;
  /** Slope of LeakyReLU below 0. Default 0.2. */
  readonly slope?: number;
  /** Dropout of the attention weights. Default 0. */
  readonly dropout?: number;
  readonly bias?: boolean;
}

/**
 * Graph attention: x [nodes, C] with edges, or [N, nodes, C] with a matrix (whatever is not 0 in it is an edge), to `out`
 * features of each head. Weights of a node's neighbours sum to 1; a node that nobody reaches gets the bias alone.
 */
export function gatConv(
  g: NetworkBuilder,
  x: Value,
  structure: GraphStructure,
  out: number,
  options: GatOptions = {},
): Value {
  const { heads = 1, join = "concat", scores = "dynamic", self = true, slope = 0.2 } = options;
  if (!(heads >= 1 && Number.isInteger(heads))) {
    fail("gat_heads", { path: g.path, expected: "a whole number of heads", received: `${heads}` });
  }
  const features = fixedDim(x, -1);
  const weight = (name: string) => g.param(name, [features, heads * out], { init: init.glorotUniform });
  const split = (v: Value) => g.Reshape(v, g.i64([...v.shape.slice(0, -1).map(() => 0), heads, out]));
  const received = split(g.MatMul(x, weight("weight")));
  const own = scores === "dynamic" ? split(g.MatMul(x, weight("own_weight"))) : received;
  const vector = (name: string) => g.param(name, [heads, out], { init: init.glorotUniform });
  const toNeighbour = vector("attention");
  const toOwn = scores === "static" ? vector("own_attention") : undefined;
  const along = (v: Value, a: Value) => g.ReduceSum(g.Mul(v, a), g.i64([-1]), { keepdims: 0 });
  const leaky = (v: Value) => g.LeakyRelu(v, { alpha: slope });
  const thin = (v: Value) => (options.dropout ? dropout(g, v, options.dropout) : v);

  const attended =
    structure.kind === "edges"
      ? alongEdges(g, x, self ? withLoops(g, x, structure) : structure)
      : throughMatrix(g, structure.adjacency);
  const y =
    join === "concat"
      ? g.Reshape(attended, g.i64([...x.shape.slice(0, -1).map(() => 0), heads * out]))
      : g.ReduceMean(attended, g.i64([-2]), { keepdims: 0 });
  if (options.bias === false) return y;
  const width = join === "concat" ? heads * out : out;
  return g.Add(y, g.param("bias", [width], { init: init.zeros, decay: false }));

  function alongEdges(b: NetworkBuilder, nodes: Value, edges: { sources: Value; targets: Value }): Value {
    const from = b.Gather(received, edges.sources, { axis: 0 });
    const at = (v: Value, ends: Value) => b.Gather(v, ends, { axis: 0 });
    const score =
      toOwn === undefined
        ? along(leaky(b.Add(from, at(own, edges.targets))), toNeighbour)
        : leaky(b.Add(at(along(received, toNeighbour), edges.sources), at(along(own, toOwn), edges.targets)));
    const weights = thin(segmentSoftmax(b, score, edges.targets, rowCount(b, nodes)));
    return sumAt(b, zerosLike(b, received), edges.targets, b.Mul(from, b.Unsqueeze(weights, b.i64([-1]))));
  }

  function throughMatrix(b: NetworkBuilder, adjacency: Value): Value {
    const perHead = (v: Value) => b.Transpose(v, { perm: [0, 2, 1, 3] });
    const [neighbours, mine] = [perHead(received), perHead(own)];
    const column = (v: Value) => b.Unsqueeze(v, b.i64([-2]));
    const spread = (a: Value) => b.Unsqueeze(a, b.i64([1]));
    const score =
      toOwn === undefined
        ? along(
            leaky(b.Add(b.Unsqueeze(mine, b.i64([3])), b.Unsqueeze(neighbours, b.i64([2])))),
            b.Unsqueeze(spread(toNeighbour), b.i64([1])),
          )
        : leaky(
            b.Add(
              b.Unsqueeze(along(mine, spread(toOwn)), b.i64([-1])),
              column(along(neighbours, spread(toNeighbour))),
            ),
          );
    const linked = b.Unsqueeze(b.Not(b.Equal(adjacency, b.scalar(0, adjacency.dtype))), b.i64([1]));
    const seen = self ? b.Or(linked, diagonal(b, adjacency)) : linked;
    const weights = b.Softmax(b.Where(seen, score, b.scalar(MASKED)), { axis: -1 });
    const kept = b.Mul(weights, b.Cast(seen, { to: ONNX_DTYPE.float32 }));
    return perHead(b.MatMul(thin(kept), neighbours));
  }
}

/** Edges and one more from every node to itself. */
function withLoops(
  g: NetworkBuilder,
  x: Value,
  { sources, targets }: { readonly sources: Value; readonly targets: Value },
): { sources: Value; targets: Value } {
  const [nodes] = x.shape;
  const loops =
    typeof nodes === "number"
      ? g.i64(Array.from({ length: nodes }, (_, i) => i))
      : g.Range(g.i64(0), g.Squeeze(g.Shape(x, { start: 0, end: 1 }), g.i64([0])), g.i64(1));
  return {
    sources: g.Concat([sources, loops], { axis: 0 }),
    targets: g.Concat([targets, loops], { axis: 0 }),
  };
}

function diagonal(g: NetworkBuilder, adjacency: Value): Value {
  const nodes = fixedDim(adjacency, -1);
  const row = g.i64(Array.from({ length: nodes }, (_, i) => i));
  return g.Equal(g.Unsqueeze(row, g.i64([0])), g.Unsqueeze(row, g.i64([1])));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "gatConv",
    group: "Graphs",
    doc: "Graph attention: neighbours weighted by learned scores that sum to 1 at every node; both published scores.",
    formula: "yᵢ = Σⱼ softmaxⱼ(a · LeakyReLU(W xᵢ + V xⱼ)) V xⱼ",
    source: "Veličković et al. 2018, arXiv:1710.10903; Brody et al. 2022, arXiv:2105.14491",
    samples: [
      sample({ x: [4, 3] }, [4, 4], (g, { x }) => gatConv(g, x, edgesOf(g, EXAMPLE_GRAPH), 2, { heads: 2 })),
      sample(
        {
          x: [4, 3],
          sources: { shape: [5], dtype: "int64", values: EXAMPLE_GRAPH.sources },
          targets: { shape: [5], dtype: "int64", values: EXAMPLE_GRAPH.targets },
        },
        [4, 2],
        (g, { x, sources, targets }) =>
          gatConv(g, x, { kind: "edges", sources, targets }, 2, { heads: 2, join: "mean", scores: "static" }),
      ),
      sample(
        { x: ["N", 3, 2], adjacency: { shape: ["N", 3, 3], low: 0, high: 2, constant: true } },
        ["N", 3, 4],
        (g, { x, adjacency }) => gatConv(g, x, { kind: "matrix", adjacency }, 2, { heads: 2 }),
      ),
    ],
  },
];
