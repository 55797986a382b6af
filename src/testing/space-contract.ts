import { describe, expect, it } from "vitest";
import { canonicalJson, isIssue, rngOf } from "../base/index.js";
import { type Graph, sizeOf, type Tensor, verifyGraph } from "../ir/index.js";
import {
  bakeWeights,
  countParams,
  inheritWeights,
  initialWeights,
  type Network,
  type Weights,
} from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { crossover, type Infer, mutate, sample, schemaContract, validate } from "../schema/index.js";
import { bodyOf, buildGenotype, discretize, type Space, spaceFor, supernetBody } from "../spaces/index.js";
import { buildModel, modelOf, type Problem } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import { randomInputs, tableProblem } from "./zoo-contract.js";

export interface SpaceContractOptions {
  /** Genotypes drawn, mutated and crossed over. Default 1,000. */
  readonly samples?: number;
  /** How many of them are built and verified. Default 150; all where the environment says MORPH_CONTRACT=full. */
  readonly builds?: number;
  /** How many of them are run, every value's shape looked at. Default 3. */
  readonly runs?: number;
}

/** Nightly: every sample is built, and more are run. */
const FULL = process.env.MORPH_CONTRACT === "full";

type AnySpace = Space;
type Genotype = Infer<AnySpace["schema"]>;

/** What every space must do. Call it in a test file: `spaceContract(nb201)`. */
export function spaceContract(general: AnySpace, options: SpaceContractOptions = {}): void {
  const { samples = 1000, builds = FULL ? samples : 150, runs = FULL ? 25 : 3 } = options;
  const small = problemsOf(general, [3, 16, 16])[0];
  if (small === undefined) throw new Error(`${general.name} accepts no problem that the contract knows`);
  const space = spaceFor(general, small);
  const tiny = space.tiny ?? space;
  const drawn = (i: number, from: AnySpace = space): Genotype =>
    sample(from.schema, rngOf(11, "space-contract", i));

  describe(`space contract: ${space.name}`, () => {
    it("has a name, a version, a description and a recipe", () => {
      expect(space.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(space.version).toBeGreaterThanOrEqual(1);
      expect(space.description.length).toBeGreaterThan(10);
      expect(space.recipe.learningRate).toBeGreaterThan(0);
      expect(tiny.schema).toBe(space.schema);
      for (const genotype of Object.values(space.seeds ?? {})) {
        expect(validate(space.schema, genotype)).toBe(genotype);
      }
    });

    it("accepts what it can build, and refuses the rest with a hint", () => {
      for (const problem of [...imageProblems(), tableProblem(), problemOfShape([5], 3)]) {
        const refusal = space.accepts(problem);
        if (refusal !== undefined) {
          expect(refusal).toMatchObject({ code: "space_input", path: space.name });
          expect(refusal.hint).toBeDefined();
          continue;
        }
        const fitted = spaceFor(space, problem);
        for (const genotype of Object.values(fitted.seeds ?? {})) {
          expect(validate(fitted.schema, genotype)).toBe(genotype);
        }
        for (const [i, training] of [true, false].entries()) {
          const network = buildModel(space.name, problem, bodyOf(fitted, drawn(i, fitted)), {
            training,
            batch: training ? 2 : "N",
          });
          expect(network.outputs.logits?.shape).toEqual([training ? 2 : "N", outputsOf(problem)]);
        }
      }
    });

    it("keeps the contract of schemas", () => {
      expect(schemaContract(space.schema, { samples: 40 })).toEqual([]);
    });

    it(`${samples} samples are valid, survive JSON, mutate and cross over into valid ones`, () => {
      const wrong: unknown[] = [];
      const check = (what: string, genotype: unknown) => {
        const result = validate(space.schema, genotype);
        if (isIssue(result)) wrong.push({ what, genotype, result });
      };
      let before = drawn(0);
      for (let i = 0; i < samples; i++) {
        const genotype = drawn(i);
        check("sample", genotype);
        const back: unknown = JSON.parse(JSON.stringify(genotype));
        check("JSON", back);
        if (canonicalJson(back) !== canonicalJson(genotype)) wrong.push({ what: "JSON differs", genotype });
        check("mutant", mutate(space.schema, genotype, rngOf(11, "mutant", i)));
        check("child", crossover(space.schema, genotype, before, rngOf(11, "child", i)));
        before = genotype;
      }
      expect(wrong.slice(0, 3)).toEqual([]);
    });

    it(`${builds} of them build and pass the verifier; those that share a hash are one network`, () => {
      const wrong: unknown[] = [];
      const known = new Map<string, string>();
      for (let i = 0; i < builds; i++) {
        const genotype = drawn(i);
        const { network, hash } = buildGenotype(tiny, small, genotype);
        const issues = verifyGraph(network.graph);
        const shape = network.outputs.logits?.shape;
        const names = new Set(network.params.map(({ name }) => name));
        if (issues.length > 0) wrong.push({ genotype, issues });
        if (shape?.join() !== `N,${outputsOf(small)}`) wrong.push({ genotype, shape });
        if (names.size !== network.params.length) wrong.push({ genotype, names: "not unique" });
        const form = formOf(network);
        if ((known.get(hash) ?? form) !== form) wrong.push({ genotype, hash: "shared by another network" });
        known.set(hash, form);
      }
      expect(wrong.slice(0, 3)).toEqual([]);
    });

    it("has the shapes that it infers", async () => {
      for (let i = 0; i < runs; i++) {
        const { network } = buildGenotype(tiny, small, drawn(i));
        expect({ i, wrong: await wrongShapes(network, small) }).toEqual({ i, wrong: [] });
      }
    });

    if (space.supernet !== undefined) {
      it("one supernet holds its networks: a one-hot mixture equals the discrete network", async () => {
        const supernet = buildModel(space.name, small, supernetBody(tiny), { training: false, batch: 2 });
        expect(verifyGraph(supernet.graph)).toEqual([]);
        expect(supernet.mixtures.length).toBeGreaterThan(0);
        const weights = disturbed(supernet);
        await using session = await ortNode.load(modelOf(bakeWeights(supernet, weights)));
        const inputs = randomInputs(small, 2);
        for (let i = 0; i < runs; i++) {
          const genotype = drawn(i);
          const chosen = oneHot(supernet, genotype);
          const alphas = supernet.mixtures.map(
            ({ path, alpha }) => [path, Array.from(chosen[alpha.name]?.data ?? [], Number)] as const,
          );
          expect(discretize(space, new Map(alphas))).toEqual(genotype);
          const discrete = buildModel(space.name, small, bodyOf(tiny, genotype), {
            training: false,
            batch: 2,
          });
          const inherited = inheritWeights(supernet, weights, discrete);
          await using single = await ortNode.load(modelOf(bakeWeights(discrete, inherited)));
          const want = logitsOf(discrete, await single.run(inputs));
          const got = logitsOf(supernet, await session.run({ ...inputs, ...chosen }));
          const scale = Math.max(1e-6, ...want.map(Math.abs));
          const errors = want.map((x, k) => Math.abs(x - (got[k] ?? Number.NaN)) / scale);
          expect(want.length).toBe(2 * outputsOf(small));
          expect({
            i,
            far: !(Math.max(...errors) <= 1e-5) ? { errors, want, got, genotype } : false,
          }).toEqual({
            i,
            far: false,
          });
        }
      });
    }
  });
}

function logitsOf(network: Network, results: Readonly<Record<string, Tensor>>): number[] {
  return Array.from(results[network.outputs.logits?.name ?? ""]?.data ?? [], Number);
}

function imageProblems(): Problem[] {
  return [problemOfShape([1, 28, 28], 10), problemOfShape([3, 32, 32], 10)];
}

/** A small problem of the kind that a space takes. */
function problemsOf(space: AnySpace, image: readonly number[]): Problem[] {
  return [problemOfShape(image, 4), problemOfShape([5], 4), tableProblem()].filter(
    (it) => space.accepts(it) === undefined,
  );
}

function outputsOf({ task }: Problem): number {
  return task.kind === "classification" ? task.classes.length : 1;
}

/** What a network is, without the names of inner values. */
function formOf(network: Network): string {
  const params = network.params.map(({ name, shape }) => `${name}[${shape}]`);
  const nodes = network.graph.nodes.map(({ opType, outputs }) => `${opType}:${outputs[0]?.shape}`);
  return `${params.join()} ${nodes.join()}`;
}

/** Values whose real shape is not the inferred one. */
async function wrongShapes(network: Network, problem: Problem): Promise<string[]> {
  const batch = 2;
  const graph = bakeWeights(network, disturbed(network));
  const values = graph.nodes.flatMap((node) => node.outputs.flatMap((v) => (v === undefined ? [] : [v])));
  const open: Graph = graph.with({ outputs: values });
  await using session = await ortNode.load(modelOf(open));
  const results = await session.run(randomInputs(problem, batch));
  return values.flatMap((value) => {
    const want = value.shape.map((d) => (d === "N" ? batch : d)).join();
    const got = results[value.name]?.dims.join();
    return got === want ? [] : [`${value.name}: inferred ${want}, is ${got}`];
  });
}

/** Weights as after some training: no bias or shift is zero, running statistics are not 0 and 1. */
function disturbed(network: Pick<Network, "params" | "states">): Weights {
  const { params, states } = initialWeights(network, 3);
  const rng = rngOf(3, "space-contract");
  let at = 0;
  for (const { name, shape } of network.states) {
    const end = at + sizeOf(shape);
    for (; at < end; at++) states[at] = name.includes("variance") ? 0.5 + rng.float() : 0.3 * rng.normal();
  }
  expect(params.length).toBe(countParams(network));
  return { params: params.map((w) => w + 0.05 * rng.normal()), states };
}

/** Architecture parameters that stand for one genotype. */
export function oneHot(supernet: Network, genotype: unknown): Record<string, Tensor> {
  return Object.fromEntries(
    supernet.mixtures.map(({ path, choices, alpha }) => {
      const taken = choices.indexOf((decisionAt(genotype, path) ?? null) as (typeof choices)[number]);
      // A decision that this genotype does not take has no influence; any weights will do.
      const data = Float32Array.from(choices, (_, i) => (i === Math.max(0, taken) ? 1 : 0));
      return [alpha.name, { dtype: "float32", dims: [choices.length], data }];
    }),
  );
}

/** The name that stands at a path such as `stages/0/kind:conv/kernel` or `units/1/length`. */
function decisionAt(genotype: unknown, path: string): unknown {
  let here: unknown = genotype;
  for (const part of path.split("/")) {
    const [key = "", ...branches] = part.split(":");
    if (typeof here !== "object" || here === null) return undefined;
    here = Reflect.get(here, key);
    const name = tagOf(here);
    if (branches.length > 0 && !branches.includes(String(name))) return undefined;
  }
  return typeof here === "object" ? tagOf(here) : here;
}

function tagOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Reflect.get(value, "op") ?? Reflect.get(value, "branch");
}
