import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { dim, rngOf } from "../base/index.js";
import {
  type DType,
  type Graph,
  isFloat,
  printGraph,
  prune,
  sizeOf,
  type Value,
  verifyGraph,
} from "../ir/index.js";
import {
  type Definition,
  type InputSpec,
  initialWeights,
  type Network,
  NetworkBuilder,
  type Sample,
} from "../nn/index.js";
import { type RefTensor, ref } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { checkRuntime } from "./op-runtime.js";

type Feeds = Readonly<Record<string, RefTensor>>;

/** What every layer, loss and metric must do. Call it in a test file: `nnContract(definition)`. */
export function nnContract(definition: Definition): void {
  const { kind, name, doc, samples } = definition;
  describe(`${kind} contract: ${name}`, () => {
    it("says what it is, and has a use to show", () => {
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
      expect(doc).toMatch(/^[A-Z].*\.$/s);
      expect(doc.length).toBeGreaterThan(15);
      expect(samples.length).toBeGreaterThan(0);
    });
    samples.forEach((sample, i) => {
      const label = samples.length === 1 ? "" : ` (sample ${i + 1})`;
      it(`builds in both forms, typed and legal${label}`, () => checkForms(definition, sample));
      it(`is a function of its inputs and the seed${label}`, () => checkDeterminism(definition, sample));
      it(`agrees with differences and with ONNX Runtime${label}`, async () => {
        await checkNumbers(definition, sample);
      });
    });
  });
}

interface Made {
  readonly g: NetworkBuilder;
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/** The code of a sample at a batch. */
function make({ name }: Definition, sample: Sample, training: boolean, batch: number | "N"): Made {
  const g = new NetworkBuilder(name, training, batch);
  const inputs: Record<string, Value> = {};
  for (const [input, spec] of Object.entries(sample.inputs)) {
    inputs[input] = g.input(input, dtypeOf(spec), bound(shapeOf(spec), batch));
  }
  const outputs = sample.build(g, inputs);
  return { g, inputs: Object.values(inputs), outputs };
}

function checkForms(definition: Definition, sample: Sample): void {
  const forms = [true, false].map((training) => {
    const batch = training ? sample.batch : "N";
    const { g, outputs } = make(definition, sample, training, batch);
    const graph = g.finish([...Object.values(outputs), ...g.updates.values()]);
    expect(verifyGraph(graph)).toEqual([]);
    const shapes = Object.fromEntries(Object.entries(outputs).map(([name, v]) => [name, [...v.shape]]));
    const expected = Object.entries(sample.outputs).map(([name, shape]) => [name, bound(shape, batch)]);
    expect(shapes).toEqual(Object.fromEntries(expected));
    for (const { name, shape, value } of [...g.params, ...g.states]) {
      expect(
        shape.every((d) => Number.isInteger(d) && d > 0),
        `${name} [${shape}]`,
      ).toBe(true);
      expect(value.shape).toEqual(shape);
    }
    if (training) expect([...g.updates.keys()]).toEqual(g.states);
    else expect(g.randomKey).toBeUndefined();
    return [...g.params, ...g.states].map(({ name, shape }) => `${name} [${shape}]`);
  });
  expect(forms[1]).toEqual(forms[0]);
}

function checkDeterminism(definition: Definition, sample: Sample): void {
  const run = (seed: number, key: number) => {
    const made = make(definition, sample, true, sample.batch);
    const graph = made.g.finish(Object.values(made.outputs));
    const out = interpret(graph, feedsOf(sample, made.g, seed, key));
    return { text: printGraph(graph), values: Object.values(out).map(({ data }) => Array.from(data)), made };
  };
  const first = run(1, 7);
  expect(run(1, 7)).toMatchObject({ text: first.text, values: first.values });
  if (first.made.g.randomKey !== undefined) expect(run(1, 8).values).not.toEqual(first.values);
  for (const values of first.values) expect(values.every(Number.isFinite)).toBe(true);
}

async function checkNumbers(definition: Definition, sample: Sample): Promise<void> {
  const tolerance = sample.tolerance ?? 1e-4;
  const inference = make(definition, sample, false, "N");
  const evaluation = inference.g.finish(Object.values(inference.outputs));
  const found = await checkRuntime(ortNode, {
    graph: evaluation,
    feeds: feedsOf(sample, inference.g, 2, 7),
    sample: { inputs: {}, tolerance },
  });
  expect(found, "inference form").toEqual([]);

  const made = make(definition, sample, true, sample.batch);
  const feeds = { ...feedsOf(sample, made.g, 2, 7) };
  const { loss, weights } = functional(made, sample.batch);
  Object.assign(feeds, weights);
  const wanted = definition.kind === "metric" || loss === undefined ? [] : wantedOf(made, sample);
  const grads = loss === undefined ? [] : gradients(made.g, loss, wanted);
  const updates = [...made.g.updates.values()];
  const outputs = [...Object.values(made.outputs), ...updates, ...grads.filter((v) => v !== undefined)];
  const training = made.g.finish([...new Set(outputs)]);
  expect(verifyGraph(training)).toEqual([]);
  const trained = await checkRuntime(ortNode, { graph: training, feeds, sample: { inputs: {}, tolerance } });
  expect(trained, "training form with gradients").toEqual([]);

  if (loss === undefined || sample.noGradient !== undefined) return;
  const values = interpret(training, feeds);
  // Without the gradients, which would be computed for every difference.
  const lossGraph = prune(made.g.finish([loss]));
  const problems = wanted.flatMap((input, i) =>
    againstDifferences(lossGraph, feeds, loss, input, values[grads[i]?.name ?? ""]),
  );
  expect(problems).toEqual([]);
}

/** Float inputs and parameters. */
function wantedOf({ g, inputs }: Made, sample: Sample): Value[] {
  const specs = Object.values(sample.inputs);
  const free = inputs.filter((v, i) => isFloat(v.dtype) && !isConstant(specs[i]));
  return [...free, ...g.params.map((p) => p.value)];
}

/** A random linear functional of all float outputs, which is what is differentiated. */
function functional({ g, outputs }: Made, batch: number): { loss: Value | undefined; weights: Feeds } {
  const rng = rngOf(3, "functional");
  const weights: Record<string, RefTensor> = {};
  const terms = Object.values(outputs).flatMap((out) => {
    if (!isFloat(out.dtype)) return [];
    const w = g.input(`weights_of_${out.name}`, out.dtype, out.shape);
    const dims = bound(out.shape, batch).map(Number);
    const data = Float64Array.from({ length: sizeOf(dims) }, () => Math.fround(rng.normal()));
    weights[w.name] = ref(out.dtype, dims, data);
    return [g.ReduceSum(g.Mul(out, w), undefined, { keepdims: 0 })];
  });
  const [first, ...rest] = terms;
  return { loss: first && rest.reduce((a, b) => g.Add(a, b), first), weights };
}

/**
 * What is wrong with the gradient of one input: its product with a random direction of signs against the fourth-order
 * central difference along it. A wrong entry anywhere shows, at the price of four evaluations.
 */
function againstDifferences(
  graph: Graph,
  feeds: Feeds,
  loss: Value,
  input: Value,
  analytic: RefTensor | undefined,
): string[] {
  const base = feeds[input.name];
  if (base === undefined) return [`${input.name}: no contents`];
  if (analytic !== undefined && analytic.dims.join() !== base.dims.join()) {
    return [`gradient of ${input.name} has dims [${analytic.dims}], the input [${base.dims}]`];
  }
  const rng = rngOf(11, "direction", input.name);
  const direction = Float64Array.from(base.data, () => 2 * rng.int(2) - 1);
  let rule = 0;
  let scale = 1e-2;
  analytic?.data.forEach((d, k) => {
    rule += d * (direction[k] ?? 0);
    scale = Math.max(scale, Math.abs(d));
  });
  const h = 3e-5;
  const f = (by: number) => {
    const data = base.data.map((v, k) => v + by * (direction[k] ?? 0));
    const moved = { ...feeds, [input.name]: ref(base.dtype, base.dims, data) };
    return interpret(graph, moved)[loss.name]?.data[0] ?? Number.NaN;
  };
  const numeric = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
  return Math.abs(numeric - rule) / scale < 1e-5
    ? []
    : [`gradient of ${input.name}: ${rule} along a direction, by differences ${numeric}`];
}

/** Contents of inputs, parameters (a little away from where they begin, so that no gradient hides), states, key. */
function feedsOf(sample: Sample, g: NetworkBuilder, seed: number, key: number): Record<string, RefTensor> {
  const feeds: Record<string, RefTensor> = {};
  for (const [name, spec] of Object.entries(sample.inputs)) feeds[name] = contents(name, spec, sample.batch);
  const network: Pick<Network, "params" | "states"> = g;
  const weights = initialWeights(network, seed);
  const place = (items: readonly { name: string; shape: readonly number[] }[], flat: Float32Array) => {
    let at = 0;
    for (const { name, shape } of items) {
      const size = sizeOf(shape);
      const rng = rngOf(seed, "disturbed", name);
      const data = Float64Array.from(flat.subarray(at, at + size), (v) => Math.fround(v + 0.1 * rng.float()));
      feeds[name] = ref("float32", shape, data);
      at += size;
    }
  };
  place(network.params, weights.params);
  place(network.states, weights.states);
  if (g.randomKey !== undefined) feeds[g.randomKey.name] = ref("uint32", [], Float64Array.of(key));
  return feeds;
}

function contents(name: string, spec: InputSpec, batch: number): RefTensor {
  const dtype = dtypeOf(spec);
  const dims = bound(shapeOf(spec), batch).map(Number);
  const { low, high, values } = "shape" in spec ? spec : {};
  if (values !== undefined) return ref(dtype, dims, Float64Array.from(values));
  const rng = rngOf(5, "nn-contract", name);
  const next = () => {
    if (dtype === "bool") return rng.int(2);
    if (!isFloat(dtype)) return (low ?? 0) + rng.int((high ?? 3) - (low ?? 0));
    if (low === undefined && high === undefined) return Math.fround(rng.normal());
    return Math.fround((low ?? 0) + rng.float() * ((high ?? 1) - (low ?? 0)));
  };
  return ref(dtype, dims, Float64Array.from({ length: sizeOf(dims) }, next));
}

function shapeOf(spec: InputSpec) {
  return "shape" in spec ? spec.shape : spec;
}

function dtypeOf(spec: InputSpec): DType {
  return ("shape" in spec ? spec.dtype : undefined) ?? "float32";
}

function isConstant(spec: InputSpec | undefined): boolean {
  return spec !== undefined && "shape" in spec && spec.constant === true;
}

/** A shape with the batch in place of "N". */
function bound(shape: readonly (number | string)[], batch: number | "N"): (number | string)[] {
  return shape.map((d) => (batch === "N" ? d : dim.substitute(d, { N: batch })));
}
