import { describe, expect, it } from "vitest";
import { canonicalJson, rngOf } from "../base/index.js";
import { sizeOf, type Tensor, tensor, type Value } from "../ir/index.js";
import { bakeWeights, buildNetwork, countParams, initialWeights, type Network } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { crossover, enumerate, formatSize, mutate, sample, size, traits, validate } from "../schema/index.js";
import { buildGenotype, spaceFor } from "../spaces/index.js";
import { learnBars, seedOf } from "../testing/bars.js";
import { modelOf } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import { einspace, einspaceSpace } from "./einspace.js";
import { compileModule } from "./einspace-compile.js";
import { COMPUTATION_SHARE, einspaceSchema, leastDerivationsLog10 } from "./einspace-grammar.js";
import { attentionHead, conv, dense, layer } from "./einspace-seeds.js";
import { type EinModule, extentOf, IM2COLS, type Im2col, splitOf } from "./einspace-shapes.js";

const FULL = process.env.MORPH_CONTRACT === "full";

/** A derivation over one input, in the inference form. */
function compiled(shape: readonly number[], module: EinModule, fuse = true): Network {
  return buildNetwork(
    "module",
    [{ name: "x", dtype: "float32", shape }],
    (g, [x]): Record<string, Value> =>
      x === undefined ? {} : { y: g.Identity(compileModule(g, x, module, null, { fuse })) },
    { training: false, batch: 2 },
  );
}

async function outputOf(network: Network, weights: ReturnType<typeof initialWeights>, x: Tensor) {
  await using session = await ortNode.load(modelOf(bakeWeights(network, weights)));
  const y = (await session.run({ x }))[network.outputs.y?.name ?? ""];
  if (y === undefined) throw new Error("no output");
  return { dims: y.dims, data: Array.from(y.data, Number) };
}

function normals(shape: readonly number[], stream: number): Tensor {
  const rng = rngOf(3, stream);
  return tensor(
    "float32",
    shape,
    Array.from({ length: sizeOf(shape) }, () => rng.normal()),
  );
}

function apart(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN))));
}

/** Every module of a derivation, itself first. */
function modulesOf(module: EinModule): EinModule[] {
  switch (module.op) {
    case "computation":
      return [module];
    case "sequential":
      return [module, ...modulesOf(module.first), ...modulesOf(module.second)];
    case "routing":
      return [module, ...modulesOf(module.body)];
    case "branching": {
      const other = module.other === undefined ? [] : modulesOf(module.other);
      return [module, ...modulesOf(module.branch), ...other];
    }
  }
}

describe("compiler", () => {
  it.each(Object.keys(IM2COLS) as Im2col[])(
    "%s, a linear layer and col2im are a convolution",
    async (pre) => {
      const shape = [3, 18, 17];
      const [one, parts] = [compiled(shape, conv(pre, 16)), compiled(shape, conv(pre, 16), false)];
      expect(one.graph.nodes.map(({ opType }) => opType)).toEqual(["Conv", "Identity"]);
      expect(countParams(parts)).toBe(countParams(one));
      // Weights [out, C·k²] and [out, C, k, k] lie in the same order.
      const weights = initialWeights(one, 1);
      weights.params.forEach((_, i) => {
        weights.params[i] = rngOf(4, i).normal() / 4;
      });
      const x = normals([2, ...shape], 1);
      const [got, want] = [await outputOf(parts, weights, x), await outputOf(one, weights, x)];
      expect(got.dims).toEqual(want.dims);
      expect(apart(got.data, want.data)).toBeLessThan(1e-5);
    },
  );

  it("the tree of attention is softmax(Q Kᵀ/√d) V", async () => {
    const [rows, width, d] = [5, 6, 16] as const;
    const network = compiled([rows, width], attentionHead(d));
    const weights = initialWeights(network, 2);
    expect(network.params.map(({ shape }) => shape)).toEqual([
      [d, width],
      [d],
      [d, width],
      [d],
      [d, width],
      [d],
    ]);
    weights.params.forEach((_, i) => {
      weights.params[i] = rngOf(5, i).normal() / 2;
    });
    const x = normals([2, rows, width], 2);
    const part = (i: number) => i * (d * width + d);
    const project = (n: number, row: number, i: number) =>
      Array.from({ length: d }, (_, o) => {
        let sum = weights.params[part(i) + d * width + o] ?? 0;
        for (let k = 0; k < width; k++)
          sum +=
            Number(x.data[(n * rows + row) * width + k]) * (weights.params[part(i) + o * width + k] ?? 0);
        return sum;
      });
    const want = [0, 1].flatMap((n) =>
      Array.from({ length: rows }, (_, row) => {
        const q = project(n, row, 0);
        const scores = Array.from({ length: rows }, (_, key) => {
          const k = project(n, key, 1);
          return Math.exp(q.reduce((sum, v, i) => sum + v * (k[i] ?? 0), 0) / Math.sqrt(d));
        });
        const total = scores.reduce((a, b) => a + b, 0);
        return Array.from({ length: d }, (_, o) =>
          scores.reduce((sum, s, key) => sum + (s / total) * (project(n, key, 2)[o] ?? 0), 0),
        );
      }).flat(),
    );
    expect(apart((await outputOf(network, weights, x)).data, want)).toBeLessThan(1e-5);
  });

  it("linear layers and softmax act on the last axis of images, too, and norms on channels", () => {
    const shapes = (name: Parameters<typeof layer>[0]) =>
      compiled([3, 4, 5], layer(name)).params.map(({ shape }) => shape);
    expect(shapes("linear16")).toEqual([[16, 5], [16]]);
    expect(shapes("norm")).toEqual([[3], [3]]);
    expect(shapes("positions")).toEqual([[1, 3, 4, 5]]);
  });

  it("copies of a branch have weights of their own", () => {
    const branch: EinModule = { op: "branching", split: "clone8", branch: dense(16), aggregate: "add" };
    const network = compiled([4, 4], branch);
    expect(countParams(network)).toBe(8 * (4 * 16 + 16));
    expect(extentOf(branch, { shape: [4, 4], grid: null })).toMatchObject({
      shape: [4, 16],
      params: 8 * (4 * 16 + 16),
    });
  });
});

describe("grammar", () => {
  const draws = FULL ? 1000 : 150;

  it(`${draws} samples compile, and have the shapes that are inferred`, async () => {
    const shape = [3, 8, 8];
    const problem = problemOfShape(shape, 4);
    // Small networks have every rule; the nightly run draws as a search does.
    const space = FULL ? einspace : einspaceSpace({ maxParams: 3e5, maxActivations: 3e4 });
    const fitted = spaceFor(space, problem);
    const image = tensor(
      "uint8",
      [2, ...shape],
      Array.from({ length: 2 * 192 }, (_, i) => (i * 37) % 256),
    );
    const wrong: unknown[] = [];
    for (let i = 0; i < draws; i++) {
      const genotype = sample(fitted.schema, rngOf(1, "shapes", i));
      const { network } = buildGenotype(fitted, problem, genotype);
      const extent = extentOf(genotype, { shape, grid: null });
      const head = network.params.filter(({ name }) => name.startsWith("classifier"));
      if (extent?.params !== countParams(network) - countParams({ params: head })) wrong.push({ i, extent });
      const values = network.graph.nodes.flatMap(({ outputs }) =>
        outputs.flatMap((v) => (v === undefined ? [] : [v])),
      );
      const count = (items: readonly { readonly shape: readonly number[] }[]) =>
        new Float32Array(items.reduce((sum, it) => sum + sizeOf(it.shape), 0));
      const weights = { params: count(network.params), states: count(network.states) };
      const graph = bakeWeights(network, weights).with({ outputs: values });
      await using session = await ortNode.load(modelOf(graph));
      const results = await session.run({ image });
      for (const v of values) {
        const want = v.shape.map((d) => (d === "N" ? 2 : d)).join();
        if (results[v.name]?.dims.join() !== want) wrong.push({ i, name: v.name, want });
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it("draws computations with a share of 0.32 where all kinds of module exist", () => {
    const plain = rngOf(2, "share");
    let [computations, all] = [0, 0];
    const rng = new Proxy(plain, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key);
        if (key !== "weighted") return typeof method === "function" ? method.bind(target) : method;
        return (weights: readonly number[]) => {
          const drawn = target.weighted(weights);
          if (weights.length === 4 && weights.every((w) => w > 0)) {
            all++;
            if (drawn === 3) computations++;
          }
          return drawn;
        };
      },
    });
    for (let i = 0; i < 150; i++) sample(einspace.schema, rng);
    expect(all).toBeGreaterThan(5000);
    expect(Math.abs(computations / all - COMPUTATION_SHARE)).toBeLessThan(0.02);
  });

  it("mutation changes a symbol, stays valid and leaves copies equal", () => {
    const { schema } = einspace;
    for (let i = 0; i < 150; i++) {
      const parent = sample(schema, rngOf(3, "parent", i));
      const child = mutate(schema, parent, rngOf(3, "child", i));
      expect(validate(schema, child)).toBe(child);
      expect(canonicalJson(child)).not.toBe(canonicalJson(parent));
      for (const module of modulesOf(child)) {
        // Four and eight branches stand once, so copies cannot differ.
        if (module.op === "branching")
          expect(module.other === undefined).toBe(splitOf(module.split).factor > 2);
      }
    }
  });

  it("crossover exchanges subtrees that fit", () => {
    const { schema } = einspace;
    let grafted = 0;
    for (let i = 0; i < 100; i++) {
      const [a, b] = [sample(schema, rngOf(4, "a", i)), sample(schema, rngOf(4, "b", i))];
      const child = crossover(schema, a, b, rngOf(4, "child", i));
      expect(validate(schema, child)).toBe(child);
      if (![a, b].some((it) => canonicalJson(it) === canonicalJson(child))) grafted++;
    }
    expect(grafted).toBeGreaterThan(30);
  });

  it("says where a rule does not fit", () => {
    const root: EinModule = { op: "routing", pre: "identity", body: layer("identity"), post: "col2im" };
    expect(validate(einspace.schema, root)).toMatchObject({ code: "genotype_not_allowed", path: "post" });
    expect(validate(einspace.schema, layer("norm"))).toMatchObject({ code: "genotype_choice" });
    const big = { op: "branching", split: "clone8", branch: dense(2048), aggregate: "concat_dim3" } as const;
    const wide: EinModule = { op: "sequential", first: big, second: big };
    expect(validate(einspace.schema, wide)).toMatchObject({ code: "genotype_refinement" });
  });

  it("is counted between bounds", () => {
    expect(leastDerivationsLog10(0)).toBe(0);
    // At the root: two modules in a row, each an identity or two of them.
    expect(10 ** leastDerivationsLog10(1)).toBeCloseTo(4, 9);
    const shallow = einspaceSchema(
      { shape: [3, 5], grid: null },
      { maxDepth: 1, maxParams: 1e9, maxActivations: 1e9 },
    );
    const count = [...enumerate(shallow)].length;
    const { log10 } = size(shallow);
    expect(Math.log10(count)).toBeLessThanOrEqual(log10);
    expect(Math.log10(count)).toBeGreaterThanOrEqual(leastDerivationsLog10(0));
    const whole = size(einspace.schema);
    expect(formatSize(whole)).toMatch(/^at most 10\^\(\d\.\de30\)$/);
    expect(leastDerivationsLog10(100)).toBeGreaterThan(1e29);
    expect(whole.log10).toBeGreaterThan(leastDerivationsLog10(100));
  });

  it("forces computations at the depth limit", () => {
    const { schema } = einspaceSpace({ maxDepth: 3 });
    const depthOf = (module: EinModule): number => {
      const [, ...below] = modulesOf(module);
      if (below.length === 0) return 0;
      const children =
        module.op === "sequential"
          ? [module.first, module.second]
          : module.op === "routing"
            ? [module.body]
            : module.op === "branching"
              ? [module.branch, ...(module.other === undefined ? [] : [module.other])]
              : [];
      return 1 + Math.max(...children.map(depthOf));
    };
    const depths = Array.from({ length: 200 }, (_, i) => depthOf(sample(schema, rngOf(6, "depth", i))));
    expect(Math.max(...depths)).toBe(3);
    expect(traits(schema, sample(schema, rngOf(6, "traits"))).length).toBeGreaterThan(0);
  });
});

describe("seeds", () => {
  it("are known networks: parameters as counted by hand", () => {
    const { seeds = {} } = spaceFor(einspace, problemOfShape([3, 32, 32], 10));
    const counted = Object.fromEntries(
      Object.entries(seeds).map(([name, tree]) => {
        const { network } = buildGenotype(einspace, problemOfShape([3, 32, 32], 10), tree);
        return [name, countParams(network)];
      }),
    );
    expect(counted).toEqual({
      // The ResNet-18 of CIFAR, 11,173,962, and the biases of its 20 convolutions, 4,800.
      resnet18: 11_173_962 + 4_800,
      "wide-resnet16-4": 2_752_042,
      resnet8: 78_378,
      // 48·512 + 512, positions 64·512; four layers of 1,024 + 12 (512·64 + 64) + 256·512 + 512 and
      // 1,024 + 2 (512² + 512); a norm of 1,024, and 512·10 + 10.
      vit: 25_088 + 32_768 + 4 * (1_024 + 12 * 32_832 + 131_584 + 1_024 + 525_312) + 1_024 + 5_130,
      "vit-small": 3_136 + 4_096 + 2 * (128 + 12 * 1_040 + 4_160 + 128 + 8_320) + 128 + 650,
      "mlp-mixer":
        12_544 + 4 * (512 + (64 * 256 + 256) + (256 * 64 + 64) + 512 + 2 * (256 * 256 + 256)) + 512 + 2_570,
      "mlp-mixer-small": 3_136 + 2 * (128 + 4_160 + 4_160 + 128 + 8_320) + 128 + 650,
    });
  });

  it.each(["resnet8", "vit-small", "mlp-mixer-small"])("%s trains", async (name) => {
    const losses = await learnBars(einspace, { genotype: seedOf(name), epochs: 12, rate: 0.02 });
    expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] ?? 0));
  });
});
