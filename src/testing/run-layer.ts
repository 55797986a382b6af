import { rngOf, type Shape } from "../base/index.js";
import { sizeOf, type Value } from "../ir/index.js";
import { initialWeights, NetworkBuilder } from "../nn/index.js";
import { type RefTensor, ref } from "../ops/index.js";
import { interpret } from "../runtime/index.js";

type Tensors = Readonly<Record<string, RefTensor>>;

/** Standard normal numbers that are the same for a name. */
export function randomTensor(name: string, dims: readonly number[]): RefTensor {
  const rng = rngOf(9, name);
  return ref(
    "float32",
    dims,
    Float64Array.from({ length: sizeOf(dims) }, () => rng.normal()),
  );
}

/** Outputs of a layer at given inputs in the reference interpreter, weights from a seed. */
export function runLayer<K extends string>(
  inputs: Readonly<Record<K, RefTensor>>,
  body: (g: NetworkBuilder, x: Readonly<Record<K, Value>>) => Value | readonly Value[],
  options: {
    training?: boolean;
    key?: number;
    seed?: number;
    /** What the layer is told of its inputs' shapes, where that is not all. */
    shapes?: Readonly<Record<string, Shape>>;
  } = {},
): Float64Array[] {
  const { training = false, key = 5, seed = 1 } = options;
  const g = new NetworkBuilder("layer", training, 1);
  const values = {} as Record<K, Value>;
  for (const name of Object.keys(inputs) as K[]) {
    values[name] = g.input(name, inputs[name].dtype, options.shapes?.[name] ?? inputs[name].dims);
  }
  const made = body(g, values);
  const outputs = Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
  const graph = g.finish(outputs);
  const feeds: Record<string, RefTensor> = { ...(inputs as Tensors) };
  const { params } = initialWeights(g, seed);
  let at = 0;
  for (const p of g.params) {
    const size = sizeOf(p.shape);
    feeds[p.name] = ref("float32", p.shape, Float64Array.from(params.subarray(at, at + size)));
    at += size;
  }
  if (g.randomKey !== undefined) feeds[g.randomKey.name] = ref("uint32", [], Float64Array.of(key));
  const out = interpret(graph, feeds);
  return outputs.map(({ name }) => out[name]?.data ?? new Float64Array());
}
