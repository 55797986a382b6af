import { gradients } from "../autodiff/index.js";
import { dim, type Rng, rngOf } from "../base/index.js";
import { type Graph, isFloat, prune, sizeOf, type Tensor, tensor, Value, verifyGraph } from "../ir/index.js";
import {
  Builder,
  bareName,
  EMITTED_OPSET,
  inferNode,
  type OpDefinition,
  opOf,
  type RefTensor,
  recordedContents,
  ref,
  refOf,
  type Sample,
  type SampleInput,
} from "../ops/index.js";
import { interpret, interpretValues } from "../runtime/index.js";
import { againstDifferences, curvedSum } from "./gradient-check.js";

/** One sample made concrete: a graph of the operator alone, with contents for its inputs. */
export interface OpCase {
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, RefTensor>>;
  readonly sample: Sample;
}

/** Random tensor of a sample's input; values are those that float32 can hold, so both sides see the same. */
function contents(input: SampleInput, rng: Rng): { tensor: Tensor; fixed: boolean } {
  const spec = "dims" in input ? input : { dims: input };
  const dtype = spec.dtype ?? "float32";
  const size = sizeOf(spec.dims);
  if (spec.text !== undefined) {
    return { tensor: { dtype, dims: spec.dims, data: spec.text }, fixed: spec.feed !== true };
  }
  if (spec.values !== undefined) {
    return { tensor: tensor(dtype, spec.dims, spec.values), fixed: spec.feed !== true };
  }
  const values = Array.from({ length: size }, () => {
    if (dtype === "bool") return rng.int(2);
    if (!isFloat(dtype))
      return Math.floor((spec.low ?? 0) + rng.float() * ((spec.high ?? 5) - (spec.low ?? 0)));
    if (spec.low === undefined && spec.high === undefined) return Math.fround(rng.normal());
    return Math.fround((spec.low ?? 0) + rng.float() * ((spec.high ?? 1) - (spec.low ?? 0)));
  });
  return { tensor: tensor(dtype, spec.dims, values), fixed: false };
}

/** Build the graph of one sample. */
export function opCase(
  definition: OpDefinition,
  sample: Sample,
  seed: number,
): OpCase & { builder: Builder; inputs: Value[]; outputs: Value[] } {
  const builder = new Builder(definition.type);
  const feeds: Record<string, RefTensor> = {};
  const rng = rngOf(seed, "op-contract", definition.type);
  const make = (name: string, input: SampleInput): Value => {
    const made = contents(input, rng.fork(name));
    if (made.fixed) return builder.constant(made.tensor);
    const value = builder.input(name, made.tensor.dtype, made.tensor.dims);
    feeds[name] = refOf(made.tensor);
    return value;
  };
  const inputs = definition.inputs.flatMap((entry): (Value | undefined)[] => {
    const name = bareName(entry);
    const given = sample.inputs[name];
    if (given === undefined) return entry.endsWith("...") ? [] : [undefined];
    if ("kind" in given) {
      const items = given.items.map((item, i) => make(`${name}${i}`, item));
      return builder.op(given.kind === "sequence" ? "SequenceConstruct" : "Optional", items, {}, 1);
    }
    if (entry.endsWith("..."))
      return (given as readonly SampleInput[]).map((item, i) => make(`${name}${i}`, item));
    return [make(name, given as SampleInput)];
  });
  const outputs = builder.op(definition.type, inputs, sample.attrs, sample.outputs);
  return {
    graph: builder.finish(readable(builder, outputs, feeds)),
    feeds,
    sample,
    builder,
    inputs: inputs.filter((v) => v !== undefined),
    outputs,
  };
}

/** Sequences and optional values in parts that a runtime can hand over: how many elements, and each of them. */
function readable(
  g: Builder,
  outputs: readonly Value[],
  feeds: Readonly<Record<string, RefTensor>>,
): Value[] {
  if (outputs.every((v) => v.type?.kind === "tensor")) return [...outputs];
  const values = interpretValues(g.finish(outputs), feeds);
  return outputs.flatMap((v) => {
    const value = values[v.name];
    if (value === undefined || !("kind" in value)) return [v];
    if (value.kind === "optional") return [g.OptionalHasElement(v), g.OptionalGetElement(v)];
    return [g.SequenceLength(v), ...value.items.map((_, i) => g.SequenceAt(v, g.i64(i)))];
  });
}

/** What the contract found wrong with one sample; empty where all is well. */
export function checkShapes(it: OpCase): string[] {
  const problems = verifyGraph(it.graph).map((i) => i.code);
  const results = interpret(it.graph, it.feeds);
  for (const value of it.graph.outputs) {
    const got = results[value.name];
    const shape = value.type?.kind === "tensor" ? value.type.shape : undefined;
    // Elements of a sequence may have no rank in common.
    const fits =
      shape === undefined ||
      (got?.dims.length === shape.length &&
        shape.every((d, i) => typeof d === "string" || d === got.dims[i]));
    if (!fits) problems.push(`inferred ${shape} but evaluated [${got?.dims}]`);
    if (got?.dtype !== value.dtype) problems.push(`inferred ${value.dtype} but evaluated ${got?.dtype}`);
    const held = recordedContents(value);
    const real = held === undefined || held.every((d, i) => typeof d === "string" || d === got?.data[i]);
    if (!real || (held !== undefined && held.length !== got?.data.length)) {
      problems.push(`inferred contents [${held}] but evaluated [${got?.data}]`);
    }
  }
  return problems;
}

/**
 * A batch that is not known yet: the leading axis of the inputs becomes the symbol `N`, of all inputs that share
 * its length and of the first alone, and inference must say what it says of the numbers once `N` is bound.
 * A length that only the run decides agrees with any.
 */
export function checkSymbolicBatch(it: OpCase): string[] {
  const [node] = it.graph.nodes;
  if (node === undefined || opOf(node.opType).types !== undefined) return [];
  // Vectors of integers say what the shapes are: their own length decides the rank of the result.
  const says = (v: Value) => v.rank === 1 && !isFloat(v.dtype);
  const fed = new Set(it.graph.inputs.filter((v) => v.rank > 0 && v.shape[0] !== 1 && !says(v)));
  const [first] = fed;
  if (first === undefined) return [];
  const length = Number(first.shape[0]);
  const alike = new Set([...fed].filter((v) => v.shape[0] === length));
  return [alike, new Set([first])].flatMap((freed) => {
    const inputs = node.inputs.map((v) =>
      v !== undefined && freed.has(v) ? Value.of(v.name, v.dtype, ["N", ...v.shape.slice(1)]) : v,
    );
    const types = inferNode({ ...node, inputs }, EMITTED_OPSET) ?? [];
    const names = [...freed].map((v) => v.name);
    return it.graph.outputs.flatMap((output, i) => {
      const type = types[i];
      const shape = type?.kind === "tensor" ? type.shape : undefined;
      const same =
        shape?.length === output.rank &&
        shape.every((d, axis) => !dim.conflict(dim.substitute(d, { N: length }), output.shape[axis] ?? 1));
      return same ? [] : [`with N first in ${names}: ${shape}, with ${length}: ${output.shape}`];
    });
  });
}

/** A sample's graph with a scalar loss (a random linear functional of its float outputs) and its gradients. */
export interface GradientCase extends OpCase {
  readonly loss: Value;
  /** Inputs that the sample wants the gradient of, each with its gradient; undefined where nothing flows. */
  readonly wanted: readonly { readonly input: Value; readonly grad: Value | undefined }[];
}

/** Build the gradient graph of one sample; undefined where no output is a float. */
export function gradientCase(
  definition: OpDefinition,
  sample: Sample,
  seed: number,
): GradientCase | undefined {
  const it = opCase(definition, sample, seed);
  const { builder, graph, feeds, outputs } = it;
  const rng = rngOf(seed, "functional", definition.type);
  const results = interpret(graph, feeds);
  const weighted: Record<string, RefTensor> = { ...feeds };
  const terms: Value[] = [];
  for (const out of outputs) {
    if (!isFloat(out.dtype)) continue;
    const weights = builder.input(`weights_${out.name}`, out.dtype, out.shape);
    const dims = results[out.name]?.dims ?? [];
    // Values that float32 can hold, so that a runtime sees the same.
    const data = Float64Array.from({ length: sizeOf(dims) }, () => Math.fround(rng.normal()));
    weighted[weights.name] = ref(out.dtype, dims, data);
    terms.push(builder.op1("ReduceSum", [builder.op1("Mul", [out, weights])], { keepdims: 0 }));
  }
  const [first, ...rest] = terms;
  if (first === undefined) return undefined;
  const loss = rest.reduce((a, b) => builder.op1("Add", [a, b]), first);
  const wanted = wantedInputs(it);
  const grads = gradients(builder, loss, wanted);
  const present = new Set(grads.filter((v) => v !== undefined));
  return {
    graph: builder.finish([loss, ...present]),
    feeds: weighted,
    sample,
    loss,
    wanted: wanted.map((input, i) => ({ input, grad: grads[i] })),
  };
}

/**
 * Compare the gradient rule with central differences, both in float64, through a random linear functional of
 * all float outputs. Error is relative to the largest entry of the gradient.
 */
export function checkGradient(definition: OpDefinition, sample: Sample, seed: number): string[] {
  const it = gradientCase(definition, sample, seed);
  if (it === undefined) return [];
  const { graph, feeds, loss } = it;
  const values = interpret(graph, feeds);
  const problems = verifyGraph(graph).map((i) => `gradient graph: ${i.code} ${i.received ?? ""}`);
  const lossGraph = prune(graph.with({ outputs: [loss] }));
  for (const { input, grad } of it.wanted) {
    const analytic = grad === undefined ? undefined : values[grad.name];
    const places = Array.from(feeds[input.name]?.data.keys() ?? []);
    problems.push(...againstDifferences({ graph: lossGraph, feeds, loss, input }, analytic, places, 1e-3));
  }
  return problems;
}

/**
 * Compare the gradient of a curved function of the gradient with differences of it: rules must themselves be made
 * of operators that can be differentiated rightly. At a few places an input; the first order checks them all.
 */
export function checkSecondDerivative(definition: OpDefinition, sample: Sample, seed: number): string[] {
  const it = opCase(definition, sample, seed);
  const { builder: g, feeds } = it;
  const floats = it.outputs.filter((v) => isFloat(v.dtype));
  const wanted = wantedInputs(it);
  if (floats.length === 0 || wanted.length === 0) return [];
  const first = gradients(g, curvedSum(g, floats), wanted).filter((v) => v !== undefined);
  if (first.length === 0) return [];
  const loss = curvedSum(g, first);
  const second = gradients(g, loss, wanted);
  const graph = g.finish([...new Set([loss, ...second.filter((v) => v !== undefined)])]);
  const values = interpret(graph, feeds);
  const lossGraph = prune(graph.with({ outputs: [loss] }));
  return wanted.flatMap((input, i) => {
    const grad = second[i];
    const base = feeds[input.name];
    if (base === undefined) return [];
    const analytic = grad === undefined ? undefined : values[grad.name];
    const step = Math.ceil(base.data.length / 3);
    const places = Array.from(base.data.keys()).filter((k) => k % step === 0);
    return againstDifferences({ graph: lossGraph, feeds, loss, input }, analytic, places, 1e-2);
  });
}

/** Inputs whose gradient a case wants. */
function wantedInputs(it: OpCase & { inputs: readonly Value[] }): Value[] {
  const { grad } = it.sample;
  return it.inputs.filter(
    (v) => v.data === undefined && isFloat(v.dtype) && (grad === undefined || grad.includes(v.name)),
  );
}
