import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { rngOf } from "../base/index.js";
import { type Value, verifyGraph } from "../ir/index.js";
import { Builder, inline, type RefTensor } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { relax, s } from "../schema/index.js";
import {
  bakeWeights,
  binaryGate,
  buildNetwork,
  conv2d,
  type Gate,
  givenWeights,
  gumbelGate,
  inheritWeights,
  initialWeights,
  type Network,
  type NetworkBuilder,
  oneHotGate,
  softmaxGate,
} from "./index.js";

const schema = s.object({
  kind: s.oneOf({ conv: s.object({ kernel: s.oneOf([1, 3]) }), scale: s.object({}), none: s.object({}) }),
  layers: s.repeat(s.object({ kernel: s.oneOf([1, 3, 5]), width: s.int({ min: 2, max: 6, step: 2 }) }), {
    min: 1,
    max: 3,
  }),
});
type Genotype = s.infer<typeof schema>;
const LARGEST: Genotype = {
  kind: { op: "scale" },
  layers: Array.from({ length: 3 }, () => ({ kernel: 5 as const, width: 6 })),
};

function body(g: NetworkBuilder, x: Value, genotype: Genotype): Value {
  const first = g.choose(genotype, "kind", {
    conv: (it) => g.choose(it, "kernel", (kernel) => conv2d(g, x, 2, { kernel })),
    scale: () => g.Mul(x, g.scalar(3)),
    none: () => undefined,
  });
  return g.stack(genotype, "layers", first ?? g.Mul(x, g.scalar(0)), (h, layer, i) =>
    g.scope(`layer${i + 1}`, () => {
      const width = g.width(layer, "width", (it) => it);
      const kernel = g.kernel(layer, "kernel", (it) => it);
      const up = g.scope("up", () => conv2d(g, h, width.size, { kernel: 1 }));
      const shown = width.mask === undefined ? up : g.Mul(up, width.mask);
      const w = g.param("weight", [2, width.size, kernel.size, kernel.size], {
        init: { kind: "normal", std: 1 },
      });
      const shaped = kernel.mask === undefined ? w : g.Mul(w, kernel.mask);
      const pad = kernel.size >> 1;
      return g.Add(h, g.Conv(shown, shaped, undefined, { pads: [pad, pad, pad, pad] }));
    }),
  );
}

const INPUT = [{ name: "x", dtype: "float32", shape: [2, 5, 5] }] as const;

function networkOf(genotype: Genotype, gate: Gate = givenWeights, training = false): Network {
  return buildNetwork(
    "choices",
    INPUT,
    (g, [x]) => {
      g.gate = gate;
      return { y: body(g, x as Value, genotype) };
    },
    { training, batch: 1 },
  );
}

const floats = (data: ArrayLike<number>, dims = [data.length]): RefTensor => ({
  dtype: "float32",
  dims,
  data: Float64Array.from(data),
});
const x = floats(
  Array.from({ length: 50 }, (_, i) => rngOf(1, i).normal()),
  [1, 2, 5, 5],
);

describe("choices", () => {
  it("only the chosen branch of a genotype is built", () => {
    const one = networkOf({ kind: { op: "none" }, layers: [{ kernel: 3, width: 2 }] });
    expect(one.mixtures).toEqual([]);
    expect(one.params.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      "layer1/up/weight 2,2,1,1",
      "layer1/weight 2,2,3,3",
    ]);
    const conv = networkOf({ kind: { op: "conv", kernel: 3 }, layers: [{ kernel: 3, width: 2 }] });
    expect(conv.params[0]?.name).toBe("conv/kernel3/weight");
  });

  it("a relaxed genotype has all of them, under the same names", () => {
    const supernet = networkOf(relax(schema, LARGEST));
    expect(verifyGraph(supernet.graph)).toEqual([]);
    expect(supernet.mixtures.map(({ path, choices }) => [path, choices])).toEqual([
      ["kind:conv/kernel", [1, 3]],
      ["kind", ["conv", "scale", "none"]],
      ...[0, 1, 2].flatMap((i) => [
        [`layers/${i}/width`, [2, 4, 6]],
        [`layers/${i}/kernel`, [1, 3, 5]],
      ]),
      ["layers/length", [1, 2, 3]],
    ]);
    const names = supernet.params.map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(["conv/kernel1/weight", "conv/kernel3/weight"]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("a one-hot mixture is the discrete network with the supernet's weights", () => {
    const supernet = networkOf(relax(schema, LARGEST));
    const weights = initialWeights(supernet, 5);
    const genotypes: Genotype[] = [
      { kind: { op: "none" }, layers: [{ kernel: 5, width: 4 }] },
      {
        kind: { op: "conv", kernel: 1 },
        layers: [
          { kernel: 1, width: 2 },
          { kernel: 3, width: 6 },
        ],
      },
      { kind: { op: "conv", kernel: 3 }, layers: LARGEST.layers },
      {
        kind: { op: "scale" },
        layers: [
          { kernel: 3, width: 4 },
          { kernel: 3, width: 2 },
        ],
      },
    ];
    for (const genotype of genotypes) {
      const discrete = networkOf(genotype);
      const own = bakeWeights(discrete, inheritWeights(supernet, weights, discrete));
      const chosen: Record<string, unknown> = {
        kind: genotype.kind.op,
        "kind:conv/kernel": genotype.kind.op === "conv" ? genotype.kind.kernel : 1,
        "layers/length": genotype.layers.length,
      };
      LARGEST.layers.forEach((layer, i) => {
        chosen[`layers/${i}/width`] = (genotype.layers[i] ?? layer).width;
        chosen[`layers/${i}/kernel`] = (genotype.layers[i] ?? layer).kernel;
      });
      const alphas = supernet.mixtures.map(({ alpha, choices, path }) => [
        alpha.name,
        floats(choices.map((it) => (it === chosen[path] ? 1 : 0))),
      ]);
      const mixed = interpret(bakeWeights(supernet, weights), { x, ...Object.fromEntries(alphas) });
      const alone = interpret(own, { x });
      const want = [...(alone[own.outputs[0]?.name ?? ""]?.data ?? [])].map(Number);
      const got = [...(mixed[supernet.outputs.y?.name ?? ""]?.data ?? [])].map(Number);
      expect(want.length).toBe(50);
      want.forEach((value, i) => {
        expect(got[i]).toBeCloseTo(value, 6);
      });
    }
  });

  it("says which branches differ in shape", () => {
    const odd = s.object({ op: s.oneOf(["a", "b"]) });
    const build = (genotype: s.infer<typeof odd>) =>
      buildNetwork(
        "odd",
        INPUT,
        (g, [h]) => ({
          y: g.choose(genotype, "op", {
            a: () => conv2d(g, h as Value, 3, { kernel: 1 }),
            b: () => conv2d(g, h as Value, 4, { kernel: 1 }),
          }),
        }),
        { training: false, batch: 1 },
      );
    expect(build({ op: "a" }).outputs.y?.shape).toEqual([1, 3, 5, 5]);
    expect(() => build(relax(odd, { op: "a" }))).toThrow(
      /choice_shapes at op: expected branches of one shape: a gives \[1, 3, 5, 5\], received b gives \[1, 4, 5, 5\]/,
    );
  });
});

describe("gates", () => {
  const alpha = [0.3, -1, 0.9];
  const soft = alpha.map((a) => Math.exp(a) / alpha.reduce((sum, b) => sum + Math.exp(b), 0));

  /** The weights of a gate for `alpha`, and the gradient of their product with `into`. */
  function run(gate: Gate, { training = false, key = 0, copies = false, into = [2, -1, 0.5] } = {}) {
    const network = buildNetwork(
      "gate",
      [],
      (g) => {
        g.gate = gate;
        return { weights: g.mixture("op", ["a", "b", "c"]).weights };
      },
      { training, batch: 1 },
    );
    const g = new Builder("gradient");
    const bindings = new Map(network.graph.inputs.map((v) => [v, g.input(v.name, v.dtype, v.shape)]));
    let [weights] = inline(g, network.graph, bindings);
    if (copies && weights !== undefined) weights = g.Identity(weights);
    const input = bindings.get(network.mixtures[0]?.alpha as Value);
    if (weights === undefined || input === undefined) throw new Error("no gate");
    const c = g.constant({ dtype: "float32", dims: [3], data: Float32Array.from(into) });
    const [grad] = gradients(g, g.ReduceSum(g.Mul(weights, c), undefined, { keepdims: 0 }), [input]);
    if (grad === undefined) throw new Error("no gradient");
    const outputs = [g.identityAs(weights, "w"), g.identityAs(grad, "grad")];
    const feeds: Record<string, RefTensor> = { "alpha/op": floats(alpha) };
    if (network.randomKey !== undefined) {
      feeds[network.randomKey.name] = { dtype: "uint32", dims: [], data: Float64Array.of(key) };
    }
    const { w, grad: dAlpha } = interpret(g.finish(outputs), feeds);
    return { w: [...(w?.data ?? [])].map(Number), grad: [...(dAlpha?.data ?? [])].map(Number) };
  }

  /** Jacobian of the softmax, transposed, times `into`. */
  const through = (p: readonly number[], into: readonly number[]) => {
    const mean = p.reduce((sum, q, i) => sum + q * (into[i] ?? 0), 0);
    return p.map((q, i) => q * ((into[i] ?? 0) - mean));
  };
  const close = (got: readonly number[], want: readonly number[], digits = 6) => {
    expect(got.length).toBe(want.length);
    want.forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, digits);
    });
  };

  it("softmax", () => {
    const { w, grad } = run(softmaxGate());
    close(w, soft);
    close(grad, through(soft, [2, -1, 0.5]));
    expect(run(softmaxGate(0.05)).w[2]).toBeGreaterThan(0.99);
  });

  it.each([
    ["one-hot", oneHotGate] as const,
    ["binary", binaryGate] as const,
    ["gumbel", gumbelGate({ hard: true })] as const,
  ])("%s: one branch forward, the softmax backward", (_, gate) => {
    const { w, grad } = run(gate);
    close(w, [0, 0, 1]);
    close(grad, through(soft, [2, -1, 0.5]));
  });

  it("binary gates draw each branch as often as its probability says", () => {
    const counts = [0, 0, 0];
    for (let key = 0; key < 600; key++) {
      const { w } = run(binaryGate, { training: true, key: Math.imul(key, 0x9e3779b9) >>> 0 });
      const taken = w.findIndex((it) => it > 0.5);
      counts[taken] = (counts[taken] ?? 0) + 1;
      close(
        w,
        w.map((_, i) => (i === taken ? 1 : 0)),
      );
    }
    // Four standard deviations of a binomial.
    soft.forEach((p, i) => {
      expect(Math.abs((counts[i] ?? 0) / 600 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 600));
    });
  });

  it("Gumbel noise is new each step and absent outside training", () => {
    const gate = gumbelGate({ temperature: 0.7 });
    const [a, b, again] = [1, 2, 1].map((key) => run(gate, { training: true, key }).w);
    expect(a).not.toEqual(b);
    expect(again).toEqual(a);
    expect(a?.reduce((sum, it) => sum + it, 0)).toBeCloseTo(1, 6);
    close(run(gate).w, run(softmaxGate(0.7)).w);
  });
});
