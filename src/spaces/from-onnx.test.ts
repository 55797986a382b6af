import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { type Graph, type Model, type Tensor, tensor, verifyGraph } from "../ir/index.js";
import { bakeWeights, initialWeights, type Network } from "../nn/index.js";
import { decodeModel, encodeModel } from "../onnx/index.js";
import { Builder } from "../ops/index.js";
import { ortNode } from "../runtime/index.js";
import { mutate, type Scalar, sample, validate } from "../schema/index.js";
import { randomInputs } from "../testing/zoo-contract.js";
import { buildModel, exportModel, modelOf, type Problem } from "../train/index.js";
import { architectureBody, listArchitectures, problemOfShape, zooOf } from "../zoo/index.js";
import {
  bodyOf,
  buildGenotype,
  EDIT_KINDS,
  type EditKind,
  fromOnnx,
  mobileCnn,
  type OnnxGenotype,
  PRESERVING,
  rena,
} from "./index.js";

type OnnxSpace = ReturnType<typeof fromOnnx>;

/** A network with weights as after some training, as a file is. */
function fileOf(name: string, problem: Problem, body: ReturnType<typeof architectureBody>): Model {
  const network = buildModel(name, problem, body, { training: false, batch: "N" });
  return decodeModel(encodeModel(exportModel(network, disturbed(network), problem)));
}

function disturbed(network: Network) {
  const { params, states } = initialWeights(network, 3);
  const rng = rngOf(3, "from-onnx");
  return {
    params: params.map((w) => w + 0.05 * rng.normal()),
    states: states.map((x) => (x === 0 ? 0.1 * rng.normal() : x)),
  };
}

function originalOf(space: OnnxSpace): OnnxGenotype {
  const { original } = space.seeds ?? {};
  if (original === undefined) throw new Error("no original");
  return original;
}

/** Every decision of the space with its values, the first of which changes nothing. */
function decisionsOf(space: OnnxSpace): { kind: EditKind; key: string; values: readonly Scalar[] }[] {
  const fields = space.schema.node.kind === "object" ? space.schema.node.fields : [];
  return fields.flatMap(({ name, rule }) => {
    if (rule.kind !== "always" || rule.node.kind !== "object") return [];
    return rule.node.fields.map((site) => ({
      kind: EDIT_KINDS.find((it) => it === name) ?? "remove",
      key: site.name,
      values:
        site.rule.kind === "always" && site.rule.node.kind === "choice"
          ? site.rule.node.alternatives.map((it) => it.name)
          : [],
    }));
  });
}

function withEdit(genotype: OnnxGenotype, kind: EditKind, key: string, value: Scalar): OnnxGenotype {
  return { ...genotype, [kind]: { ...genotype[kind], [key]: value } };
}

/** Builds and runs a genotype's network: what it computes, and whether every shape is as inferred. */
async function run(space: OnnxSpace, problem: Problem, genotype: OnnxGenotype, shapes: boolean) {
  const { network, hash } = buildGenotype(space, problem, genotype);
  expect(verifyGraph(network.graph)).toEqual([]);
  const baked = bakeWeights(network, initialWeights(network, 1));
  const values = baked.nodes.flatMap(({ outputs }) => outputs.flatMap((v) => (v === undefined ? [] : [v])));
  const graph: Graph = shapes ? baked.with({ outputs: values }) : baked;
  await using session = await ortNode.load(modelOf(graph));
  const results = await session.run(randomInputs(problem, 2));
  const wrong = shapes
    ? values.flatMap((v) => {
        const got = results[v.name]?.dims ?? [];
        // A length that only the run decides may be any.
        const fits = (d: number | string, i: number) =>
          (typeof d === "number" ? d : d === "N" ? 2 : got[i]) === got[i];
        const right = v.rank === got.length && v.shape.every(fits);
        return right ? [] : [`${v.name}: inferred ${v.shape}, is ${got}`];
      })
    : [];
  const name = baked.outputs[0]?.name ?? "";
  return { logits: Array.from(results[name]?.data ?? [], Number), wrong, hash };
}

function farthest(a: readonly number[], b: readonly number[]): number {
  const scale = Math.max(1e-3, ...a.map(Math.abs));
  return Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? Number.NaN)) / scale));
}

/** Each edit alone on some of the sites, then sequences of edits. */
async function check(model: Model, problem: Problem, options: { each: number; sequences: number }) {
  const space = fromOnnx(model, { name: "file" });
  expect(space.accepts(problem)).toBeUndefined();
  const original = originalOf(space);
  const before = await run(space, problem, original, true);
  expect(before.wrong).toEqual([]);
  const rng = rngOf(1, "check");
  const kinds = new Set<string>();
  const all = decisionsOf(space);
  const some = EDIT_KINDS.flatMap((kind) => {
    const own = all.filter((it) => it.kind === kind);
    return rng.sample(own, Math.min(options.each, own.length));
  });
  for (const { kind, key, values } of some) {
    for (const value of values.slice(1)) {
      const it = await run(space, problem, withEdit(original, kind, key, value), true);
      expect({ kind, key, value, wrong: it.wrong }).toEqual({ kind, key, value, wrong: [] });
      expect(it.logits.every(Number.isFinite)).toBe(true);
      if (PRESERVING[kind](value)) {
        const far = farthest(before.logits, it.logits);
        expect({ kind, key, value, far, ok: far <= 1e-5 }).toEqual({ kind, key, value, far, ok: true });
      }
      kinds.add(`${kind} ${typeof value === "number" ? (value > 1 ? "up" : "down") : value}`);
    }
  }
  let same: OnnxGenotype = original;
  for (let i = 0; i < options.sequences; i++) {
    // One more edit that keeps the function; then any number of any kind.
    const { kind, key, values } = rng.pick(all);
    const [value] = rng.sample(values.filter(PRESERVING[kind]), 1);
    if (value !== undefined) same = withEdit(same, kind, key, value);
    const kept = await run(space, problem, same, false);
    expect(farthest(before.logits, kept.logits)).toBeLessThan(3e-5);
    const drawn = await run(space, problem, sample(space.schema, rngOf(i, "sequence")), true);
    expect(drawn.wrong).toEqual([]);
    expect(drawn.logits.every(Number.isFinite)).toBe(true);
  }
  return { space, kinds, all };
}

describe("every kind of edit, alone and in sequences", () => {
  const images = new Set(["resnet8", "mobilenet-v3", "vgg-small", "lenet5"]);
  it.each(
    listArchitectures().filter(
      ({ name }) => images.has(name) || (process.env.MORPH_CONTRACT === "full" && name !== "linear"),
    ),
  )("on $name", async (architecture) => {
    const { example } = architecture;
    const problem = problemOfShape(example.input, example.outputs);
    const body = architectureBody(architecture, example.settings);
    const { kinds } = await check(fileOf(architecture.name, problem, body), problem, {
      each: 2,
      sequences: 4,
    });
    expect(kinds.size).toBeGreaterThan(3);
  });

  it("needs something to edit: a linear model has a head alone", () => {
    const linear = zooOf("linear");
    const { input, outputs, settings } = linear.example;
    const problem = problemOfShape(input, outputs);
    const file = fileOf(linear.name, problem, architectureBody(linear, settings));
    expect(() => fromOnnx(file)).toThrow(/space_no_sites/);
  });

  it.each([mobileCnn, rena])("on random networks of $name", async (space) => {
    const problem = problemOfShape([2, 12, 12], 3);
    for (let i = 0; i < 3; i++) {
      const body = bodyOf(
        space as typeof mobileCnn,
        sample(space.schema as typeof mobileCnn.schema, rngOf(8, i)),
      );
      await check(fileOf("random", problem, body), problem, { each: 1, sequences: 2 });
    }
  });

  it("on a file with batch normalisation, a gate and dropout of its own", async () => {
    const problem = problemOfShape([2, 8, 8], 3);
    const { kinds, all } = await check(foreign(), problem, { each: 9, sequences: 6 });
    for (const kind of EDIT_KINDS) expect([kind, all.some((it) => it.kind === kind)]).toEqual([kind, true]);
    expect(kinds).toContain("norm affine");
    expect(kinds).toContain("deepen layer");
    expect(kinds).toContain("replace separable");
    expect(kinds).toContain("width up");
  });
});

/** A small residual network as another tool might write it. */
function foreign(): Model {
  const rng = rngOf(9, "foreign");
  const g = new Builder("foreign");
  const w = (name: string, ...dims: number[]) =>
    g.initializer(
      name,
      tensor(
        "float32",
        dims,
        Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.3 * rng.normal()),
      ),
    );
  const positive = (name: string, n: number) =>
    g.initializer(
      name,
      tensor(
        "float32",
        [n],
        Array.from({ length: n }, () => 0.5 + rng.float()),
      ),
    );
  const same = { pads: [1, 1, 1, 1] };
  const bn = (x: ReturnType<typeof w>, name: string, n: number) =>
    g.BatchNormalization(
      x,
      positive(`${name}.scale`, n),
      w(`${name}.shift`, n),
      w(`${name}.mean`, n),
      positive(`${name}.var`, n),
    );
  const x = g.input("x", "float32", ["N", 2, 8, 8]);
  const stem = g.Relu(bn(g.Conv(x, w("stem", 8, 2, 3, 3), undefined, same), "bn1", 8));
  const branch = bn(
    g.Conv(g.Relu(g.Conv(stem, w("a", 12, 8, 3, 3), w("a.b", 12), same)), w("b", 8, 12, 5, 5), undefined, {
      pads: [2, 2, 2, 2],
    }),
    "bn2",
    8,
  );
  const block = g.Relu(g.Add(branch, stem));
  const depthwise = g.HardSwish(
    g.Conv(block, w("dw", 8, 1, 3, 3), w("dw.b", 8), { ...same, group: 8, strides: [2, 2] }),
  );
  const gate = g.Sigmoid(
    g.Conv(g.Relu(g.Conv(g.GlobalAveragePool(depthwise), w("se1", 4, 8, 1, 1))), w("se2", 8, 4, 1, 1)),
  );
  const wide = g.Conv(g.Mul(depthwise, gate), w("wide", 16, 8, 1, 1));
  const flat = g.Reshape(g.MaxPool(g.Relu(wide), { kernel_shape: [2, 2], strides: [2, 2] }), g.i64([-1, 64]));
  const hidden = g.Relu(
    g.Gemm(g.Dropout(flat, g.scalar(0.5)), w("fc1", 24, 64), w("fc1.b", 24), { transB: 1 }),
  );
  const normal = g.LayerNormalization(hidden, positive("ln.scale", 24), w("ln.shift", 24));
  const logits = g.Add(g.MatMul(normal, w("fc2", 24, 3)), w("fc2.b", 3));
  return modelOf(g.finish([g.identityAs(logits, "logits")]));
}

describe("the space around a file", () => {
  const problem = problemOfShape([2, 8, 8], 3);
  const space = fromOnnx(foreign(), { name: "foreign.onnx" });

  it("draws networks with a few edits, mutates one decision, and knows what is the same", () => {
    const original = originalOf(space);
    const edits = (genotype: OnnxGenotype) =>
      EDIT_KINDS.reduce(
        (sum, kind) =>
          sum +
          Object.entries(genotype[kind] ?? {}).filter(([key, value]) => value !== original[kind]?.[key])
            .length,
        0,
      );
    const counts = Array.from({ length: 200 }, (_, i) => edits(sample(space.schema, rngOf(2, i))));
    const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
    expect(mean).toBeGreaterThan(2);
    expect(mean).toBeLessThan(4);
    expect(edits(mutate(space.schema, original, rngOf(1)))).toBe(1);
    expect(validate(space.schema, JSON.parse(JSON.stringify(original)))).toEqual(original);
    // Within a block that is removed nothing is left to decide.
    const [removed] = decisionsOf(space).filter(
      ({ kind, key }) => kind === "remove" && key.startsWith("Add"),
    );
    if (removed === undefined) throw new Error("no block");
    const without = withEdit(original, "remove", removed.key, true);
    const idle = decisionsOf(space)
      .filter(({ kind }) => kind === "kernel")
      .map(({ key }) => withEdit(without, "kernel", key, 2));
    const hashes = idle.map((it) => buildGenotype(space, problem, it).hash);
    expect(hashes).toContain(buildGenotype(space, problem, without).hash);
    expect(new Set(hashes).size).toBeGreaterThan(1);
  });

  it("inherits all weights: the unedited network is the file's", async () => {
    const model = foreign();
    const { logits } = await run(space, problem, originalOf(space), false);
    await using session = await ortNode.load(model);
    const inputs = randomInputs(problem, 2);
    // The space standardises as the data ask; the file wants numbers as they come from there.
    const raw = inputs.image;
    const x: Tensor = {
      dtype: "float32",
      dims: raw?.dims ?? [],
      data: Float32Array.from(Array.from(raw?.data ?? [], Number), (v) => (v - 127.5) / 64),
    };
    const direct = await session.run({ x });
    expect(farthest(Array.from(direct.logits?.data ?? [], Number), logits)).toBeLessThan(1e-5);
  });

  it("says in one line what it cannot take", () => {
    const g = new Builder("none");
    const x = g.input("x", "float32", ["N", 4]);
    const scale = g.initializer("w", tensor("float32", [4], [1, 2, 3, 4]));
    const bias = g.initializer("b", tensor("float32", [4], [1, 2, 3, 4]));
    const plain = modelOf(g.finish([g.LayerNormalization(g.Softmax(x), scale, bias)]));
    const space = fromOnnx(plain);
    expect(decisionsOf(space).map(({ kind }) => kind)).toEqual(["norm"]);
    const h = new Builder("bare");
    const y = h.input("x", "float32", ["N", 4]);
    const lone = modelOf(
      h.finish([
        h.InstanceNormalization(
          h.Unsqueeze(y, h.i64([1])),
          h.initializer("s", tensor("float32", [1], [1])),
          h.initializer("t", tensor("float32", [1], [0])),
        ),
      ]),
    );
    expect(() => fromOnnx(lone)).toThrow(/space_no_sites.*Choose a model/);
    const refusal = fromOnnx(foreign(), { name: "f.onnx" }).accepts(problemOfShape([1, 5, 5], 3));
    expect(refusal).toMatchObject({ code: "space_input", path: "f.onnx" });
    expect(refusal?.hint).toBeDefined();
  });
});
