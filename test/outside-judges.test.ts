/** Models that others made, with the results that others recorded: read, inferred, counted, run. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { messageOf } from "../src/base/index.js";
import { countCosts } from "../src/cost/index.js";
import { type Model, numbersOf, type Tensor, type Value, verifyGraph } from "../src/ir/index.js";
import { decodeModel, encodeModel } from "../src/onnx/index.js";
import { type RefTensor, refOf } from "../src/ops/index.js";
import { inferShapes } from "../src/passes/index.js";
import { interpret, ortNode } from "../src/runtime/index.js";
import {
  expectedOf,
  feedsOfCase,
  type ModelCase,
  modelsMissing,
  unpackModels,
} from "../src/testing/onnx-models.node.js";

const ARCHIVES = ["backend-tests.tar.gz", "light-models.tar.gz"];
const missing = modelsMissing(ARCHIVES);
if (missing !== undefined) console.warn(`skipped: models of the ONNX project, because ${missing}`);

/** Part of a model's name, and why its shapes cannot all be inferred: the files record what one run gave. */
const SHAPES_BY_RUN: Readonly<Record<string, string>> = {
  expand_shape_model: "the shape is an input of the graph: only its number of axes is known",
  strnorm_model: "how many words are left depends on the words",
};

/** Models that are read, kept and written, but not run: why. */
const NOT_RUN: Readonly<Record<string, { readonly runtime?: string; readonly reference?: string }>> = {
  gradient_of_add_and_mul: {
    runtime: "Gradient of ai.onnx.preview.training has no kernel",
    reference: "Gradient of ai.onnx.preview.training is no operator of networks",
  },
  strnorm_model: {
    runtime: "needs the locale en_US.UTF-8 of the system; the operator's samples run with another",
  },
};

/**
 * Products of one example that the reference interpreter computes in a usual run, about a second of them; the larger
 * networks are run by `npm run judges`.
 */
const USUAL_MACS = process.env.MORPH_JUDGES === "all" ? Number.POSITIVE_INFINITY : 1e9;

function reasonIn<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.entries(table).find(([part]) => name.includes(part))?.[1];
}

function models() {
  return missing === undefined ? unpackModels(ARCHIVES) : { cases: [], dispose: () => {} };
}

describe.skipIf(missing !== undefined)("models of the ONNX project", () => {
  const { cases, dispose } = models();
  afterAll(dispose);

  it("are 70 backend tests and nine networks", () => {
    expect(cases.filter(({ name }) => name.startsWith("light/"))).toHaveLength(9);
    expect(cases).toHaveLength(79);
  });

  describe.each(cases)("$name", (it_) => {
    const read = () => decodeModel(readFileSync(it_.file), { source: it_.file });
    const foreign = reasonIn(NOT_RUN, it_.name);

    it("is inferred as recorded, and counted", () => {
      const model = read();
      const { graph, open } = inferShapes(model.graph, { opset: model.opsets[""] ?? 0 });
      expect(verifyGraph(graph)).toEqual([]);
      expect(open.map(({ node, reason }) => `${node.opType}: ${reason}`)).toEqual([]);
      expect(shapeDifferences(recorded(model.graph.nodes), recorded(graph.nodes))).toEqual(
        reasonIn(SHAPES_BY_RUN, it_.name) === undefined ? [] : expect.any(Array),
      );
      const costs = countCosts(graph, { lenient: foreign?.reference !== undefined });
      expect(costs.flops).toBeGreaterThanOrEqual(2 * costs.macs);
      expect(Number.isFinite(costs.peakActivationBytes)).toBe(true);
    });

    it.skipIf(foreign?.runtime !== undefined)(
      "gives what is recorded on ONNX Runtime, written back",
      async () => {
        const model = decodeModel(encodeModel(read()));
        const weights = new Set(model.graph.initializers);
        const inputs = model.graph.inputs.filter((v) => !weights.has(v));
        // ONNX Runtime keeps kernels of operator set 7 and later; what changed with it cannot be run in its older form.
        if ((model.opsets[""] ?? 0) < 7) {
          const refused = await refusal(model);
          if (refused !== undefined)
            return expect(refused).toMatch(/Could not find an implementation for \w+\([1-6]\)/);
        }
        await using session = await ortNode.load(model);
        const results = await session.run(feedsOfCase(it_, inputs));
        compare(it_, model.graph.outputs, (v) => {
          const got = results[v.name];
          return got && refOf(got);
        });
      },
    );

    it.skipIf(foreign?.reference !== undefined)(
      "gives what is recorded in the reference interpreter",
      (context) => {
        const model = read();
        const { macs } = countCosts(inferShapes(model.graph, { opset: model.opsets[""] ?? 0 }).graph);
        if (macs > USUAL_MACS) {
          console.warn(
            `skipped: ${it_.name} in the reference interpreter: ${macs} MACs; npm run judges runs it`,
          );
          context.skip();
        }
        const weights = new Set(model.graph.initializers);
        const inputs = model.graph.inputs.filter((v) => !weights.has(v));
        const feeds = Object.fromEntries(
          Object.entries(feedsOfCase(it_, inputs)).map(([name, t]) => [name, refOf(t)]),
        );
        const results = interpret(model.graph, feeds, { opset: model.opsets[""] ?? 0 });
        compare(it_, model.graph.outputs, (v) => results[v.name]);
      },
      600_000,
    );
  });
});

/** Why ONNX Runtime does not load a model; undefined where it does. */
async function refusal(model: Model): Promise<string | undefined> {
  try {
    await (await ortNode.load(model))[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

type Shapes = ReadonlyMap<string, string>;

/** Types of the nodes' results by name, lengths that nobody knows as `?`. */
function recorded(nodes: readonly { readonly outputs: readonly (Value | undefined)[] }[]): Shapes {
  const shapes = new Map<string, string>();
  for (const value of nodes.flatMap((node) => node.outputs)) {
    if (value?.type?.kind !== "tensor" || value.type.shape === undefined) continue;
    const dims = value.type.shape.map((d) => (typeof d === "string" && d.startsWith("unk__") ? "?" : d));
    shapes.set(value.name, `${value.type.dtype}[${dims.join(", ")}]`);
  }
  return shapes;
}

function shapeDifferences(file: Shapes, inferred: Shapes): string[] {
  return [...file].flatMap(([name, shape]) =>
    inferred.get(name) === shape ? [] : [`${name}: recorded ${shape}, inferred ${inferred.get(name)}`],
  );
}

/** ONNX's own tolerances for its backend tests. */
function compare(it_: ModelCase, outputs: readonly Value[], read: (v: Value) => RefTensor | undefined): void {
  const wanted = expectedOf(it_);
  expect(wanted.length).toBe(outputs.length);
  outputs.forEach((value, i) => {
    const [got, want] = [read(value), wanted[i]];
    if (got === undefined || want === undefined) expect.fail(`no result ${value.name}`);
    expect([...got.dims]).toEqual([...want.dims]);
    if (want.dtype === "string") expect([...(got.text ?? [])]).toEqual([...(want.data as readonly string[])]);
    else expect(farthest(got, want)).toBe("");
  });
}

function farthest(got: RefTensor, want: Tensor): string {
  const far = numbersOf(want).findIndex(
    (w, i) =>
      !(Object.is(w, got.data[i]) || Math.abs(w - (got.data[i] ?? Number.NaN)) <= 1e-4 + 1e-3 * Math.abs(w)),
  );
  return far < 0 ? "" : `element ${far} is ${got.data[far]}, recorded ${numbersOf(want)[far]}`;
}
