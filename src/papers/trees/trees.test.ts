import { describe, expect, it } from "vitest";
import { dim, rngOf } from "../../base/index.js";
import { listBenchmarks, nb201Benchmark } from "../../benchmarks/index.js";
import { synflow } from "../../evaluators/index.js";
import { type Value, verifyGraph } from "../../ir/index.js";
import {
  buildNetwork,
  inheritWeights,
  initialWeights,
  linear,
  meanAveragePrecision,
  meanReciprocalRank,
  NetworkBuilder,
  nnDefinitions,
  normalizedGain,
} from "../../nn/index.js";
import { ortNode } from "../../runtime/index.js";
import { sample } from "../../schema/index.js";
import { exampleGraph, exampleProblem, listSpaces } from "../../spaces/index.js";
import { listStrategies } from "../../strategies/index.js";
import { architectureBody, lenet5, listArchitectures, problemOfShape, recount } from "../../zoo/index.js";
import { Bm25 } from "../search/bm25.js";
import { trainEncoder } from "../search/encoder.js";
import { fuseRanks } from "../search/fuse.js";
import { leavesOf, listTrees, treeOf } from "./index.js";

const leaves = listTrees().flatMap((tree) =>
  leavesOf(tree.branches).flatMap(({ path, leaf }) =>
    (leaf.here ?? []).map((link) => [`${tree.name}: ${path.join(" / ")}`, link] as const),
  ),
);

/** Runs the thing that a link names; false where nothing is known of how to run it. */
async function runs(link: string): Promise<boolean> {
  const [room = "", name = ""] = link.split(".");
  const door: Readonly<Record<string, unknown>> =
    room === "papers" ? await import("../index.js") : await import(`../../${room}/index.ts`);
  const thing = door[name];
  if (thing === undefined) return false;
  const strategy = listStrategies().find((it) => it === thing);
  if (strategy !== undefined) {
    await using searcher = strategy.searcher({}, { seed: 1, runtime: ortNode });
    for (let trial = 0; trial < 25; trial++) {
      const { genotype } = await searcher.ask(nb201Benchmark.schema, rngOf(1, trial), trial);
      searcher.tell({ trial, genotype, score: nb201Benchmark.indexOf(genotype) % 7, rung: 0 });
    }
    return true;
  }
  const space = listSpaces().find((it) => it === thing);
  if (space !== undefined) {
    const graph = exampleGraph(space, exampleProblem(space), sample(space.schema, rngOf(2)));
    return verifyGraph(graph).length === 0;
  }
  const architecture = listArchitectures().find((it) => it === thing);
  if (architecture !== undefined) {
    const { settings, input, outputs } = architecture.example;
    return recount(architecture, { settings, input, outputs, params: 0, source: "" }).params > 0;
  }
  const benchmark = listBenchmarks().find((it) => it === thing);
  if (benchmark !== undefined) return benchmark.indexOf(sample(benchmark.schema, rngOf(3))) >= 0;
  const layer = room === "nn" ? nnDefinitions().find((it) => it.name === name) : undefined;
  if (layer !== undefined) {
    for (const it of layer.samples) {
      const g = new NetworkBuilder(name, true, it.batch);
      const inputs = Object.fromEntries(
        Object.entries(it.inputs).map(([input, spec]) => {
          const { shape, dtype = "float32" } = "shape" in spec ? spec : { shape: spec };
          return [
            input,
            g.input(
              input,
              dtype,
              shape.map((d) => dim.substitute(d, { N: it.batch })),
            ),
          ];
        }),
      );
      const graph = g.finish([...Object.values(it.build(g, inputs)), ...g.updates.values()]);
      if (verifyGraph(graph).length > 0) return false;
    }
    return true;
  }
  const special = SPECIAL[link];
  return special === undefined ? false : await special();
}

/** What is neither a member of a list nor a layer. */
const SPECIAL: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  "nn.meanAveragePrecision": () => meanAveragePrecision([[1, 0]]) === 1,
  "nn.meanReciprocalRank": () => meanReciprocalRank([[0, 1]]) === 0.5,
  "nn.normalizedGain": () => normalizedGain([1, 0]) === 1,
  "papers.Bm25": () => (new Bm25([new Map([["a", 1]])]).scores(["a"])[0] ?? 0) > 0,
  "papers.fuseRanks": () => (fuseRanks([{ scores: [1], weight: 1 }])[0] ?? 0) > 0,
  "papers.trainEncoder": async () => {
    const documents = [new Map([["a", 1]]), new Map([["b", 1]])];
    const lesson = { vocabulary: ["a", "b"], rarity: new Map(), documents, synonyms: new Map() };
    return (await trainEncoder(ortNode, lesson)).scales.length === 2;
  },
  "evaluators.synflow": async () =>
    Number.isFinite(await synflow(ortNode, problemOfShape([1, 28, 28], 10), architectureBody(lenet5), 0)),
  "nn.inheritWeights": () => {
    const network = (out: number) =>
      buildNetwork(
        "small",
        [{ name: "x", dtype: "float32", shape: [3] }],
        (g, values): Record<string, Value> => Object.fromEntries(values.map((x) => ["y", linear(g, x, out)])),
        { training: true, batch: 2 },
      );
    const [from, to] = [network(4), network(2)];
    const given = { ...initialWeights(from, 1) };
    return inheritWeights(from, given, to).params.length === 8;
  },
};

describe("taxonomies", () => {
  it("are found by name and alias, with a hint for a near miss", () => {
    expect(treeOf("attention").paper).toBe(59);
    expect(treeOf("GEC").name).toBe("correction");
    expect(() => treeOf("atention")).toThrow(/did you mean attention/i);
  });

  it("have leaves of different names in each branch", () => {
    for (const tree of listTrees()) {
      const paths = leavesOf(tree.branches).map(({ path }) => path.join(" / "));
      expect(new Set(paths).size).toBe(paths.length);
      expect(paths.length).toBeGreaterThan(15);
    }
  });

  it.each(leaves)("%s runs (%s)", async (_, link) => {
    expect(await runs(link)).toBe(true);
  });
});
