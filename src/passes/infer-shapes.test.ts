import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dim } from "../base/index.js";
import { type Graph, type Node, tensor, Value } from "../ir/index.js";
import { decodeModel } from "../onnx/index.js";
import { Builder } from "../ops/index.js";
import { inferShapes } from "./infer-shapes.js";

/** The same graph as a file without intermediate types would give it. */
function untyped(graph: Graph): Graph {
  const map = new Map<Value, Value>();
  const swap = (value: Value): Value => map.get(value) ?? value;
  const nodes = graph.nodes.map((node): Node => {
    const inputs = node.inputs.map((value) => (value === undefined ? undefined : swap(value)));
    const outputs = node.outputs.map((value) => {
      if (value === undefined) return undefined;
      const bare = new Value(value.name, undefined);
      map.set(value, bare);
      return bare;
    });
    return { ...node, inputs, outputs };
  });
  return graph.with({ nodes, outputs: graph.outputs.map(swap) });
}

/** What PyTorch writes for `x.view(x.size(0), -1)`: the new shape is computed in the graph. */
function flattening(): Graph {
  const g = new Builder("flattening");
  const x = g.input("x", "float32", ["N", 3, 8, 8]);
  const w = g.initializer("w", tensor("float32", [4, 3, 3, 3], new Float32Array(108)));
  const y = g.Relu(g.Conv(x, w, undefined, { pads: [1, 1, 1, 1] }));
  const batch = g.Unsqueeze(g.Gather(g.Shape(y), g.i64(0), { axis: 0 }), g.i64([0]));
  const flat = g.Reshape(y, g.Concat([batch, g.i64([-1])], { axis: 0 }));
  return g.finish([flat]);
}

describe("inferShapes", () => {
  it("refuses lengths that no tensor can have, before anything is computed of them", () => {
    const number = (value: number) => Value.constant(`n${value}`, tensor("int64", [], [value]));
    const real = (value: number) => Value.constant(`r${value}`, tensor("float32", [], [value]));
    const node: Node = {
      opType: "MelWeightMatrix",
      domain: "",
      name: "mel",
      inputs: [number(-9e15), number(64), number(16_000), real(125), real(7600)],
      outputs: [new Value("y", undefined)],
      attributes: {},
    };
    const y = node.outputs[0];
    const graph = new Builder("negative").finish([]).with({ nodes: [node], outputs: y ? [y] : [] });
    const { open } = inferShapes(graph, { opset: 21 });
    expect(open.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^shape_length.*-9000000000000000/),
    ]);
  });

  it("gives back the types that were lost", () => {
    const graph = flattening();
    const { graph: typed, open } = inferShapes(untyped(graph), { opset: 21 });
    expect(open).toEqual([]);
    graph.nodes.forEach((node, i) => {
      expect(typed.nodes[i]?.outputs.map((v) => v?.dtype)).toEqual(node.outputs.map((v) => v?.dtype));
    });
    expect(typed.nodes[0]?.outputs[0]?.shape).toEqual(["N", 4, 8, 8]);
  });

  it("follows shapes that are computed, once the free axes are bound", () => {
    const { graph, open } = inferShapes(untyped(flattening()), {
      opset: 21,
      bind: (symbol) => (symbol === "N" ? 5 : undefined),
    });
    expect(open).toEqual([]);
    expect(graph.inputs[0]?.shape).toEqual([5, 3, 8, 8]);
    expect(graph.outputs[0]?.shape).toEqual([5, 256]);
  });

  it("keeps what the file declares where no rule applies, and says which nodes stay open", () => {
    const x = Value.of("x", "float32", ["N", 4]);
    const declared = Value.of("declared", "float32", ["N", 7]);
    const lost = new Value("lost", undefined);
    const node = (outputs: Value[], inputs: Value[]): Node => ({
      opType: "Mystery",
      domain: "com.example",
      name: "",
      inputs,
      outputs,
      attributes: {},
    });
    const g = new Builder("strange");
    const base = g.finish([]);
    const graph = base.with({
      inputs: [x],
      nodes: [node([declared], [x]), node([lost], [declared])],
      outputs: [lost],
    });
    const result = inferShapes(graph, { opset: 21, bind: () => 2 });
    expect(result.graph.nodes[0]?.outputs[0]?.shape).toEqual([2, 7]);
    expect(result.open.map(({ node: it }) => it.outputs[0]?.name)).toEqual(["lost"]);
  });

  it("reports the reason where a rule objects", () => {
    const a = Value.of("a", "float32", [2, 3]);
    const b = Value.of("b", "float32", [4, 5]);
    const y = new Value("y", undefined);
    const matMul: Node = {
      opType: "MatMul",
      domain: "",
      name: "m",
      inputs: [a, b],
      outputs: [y],
      attributes: {},
    };
    const graph = new Builder("wrong").finish([]).with({ inputs: [a, b], nodes: [matMul], outputs: [y] });
    const { open } = inferShapes(graph, { opset: 21 });
    expect(open).toHaveLength(1);
    expect(open[0]?.reason).toMatch(/at m: expected/);
  });
});

const data = process.env.MORPH_DATA ?? join(import.meta.dirname, "../../../shared/data");
const archive = join(data, "onnx", "backend-tests.tar.gz");
const present = existsSync(archive);
if (!present) console.warn(`skipped: shapes of real models, because ${archive} is not there`);

describe.skipIf(!present)("inferShapes on models of others", () => {
  const dir = mkdtempSync(join(tmpdir(), "morph-shapes-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("agrees with every shape that they declare", () => {
    execFileSync("tar", ["xzf", archive, "-C", dir]);
    const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".onnx"),
    );
    let compared = 0;
    const wrong: string[] = [];
    for (const file of files.sort()) {
      const model = decodeModel(readFileSync(join(dir, file)), { source: file });
      const opset = model.opsets[""] ?? 0;
      const { graph } = inferShapes(untyped(model.graph), { opset });
      model.graph.outputs.forEach((value, i) => {
        const inferred = graph.outputs[i]?.type;
        if (inferred?.kind !== "tensor" || inferred.shape === undefined) return;
        if (value.type?.kind !== "tensor" || value.type.shape === undefined) return;
        compared++;
        const differs = value.type.shape.some((d, axis) => dim.conflict(d, inferred.shape?.[axis] ?? -1));
        if (
          differs ||
          value.type.shape.length !== inferred.shape.length ||
          value.type.dtype !== inferred.dtype
        ) {
          wrong.push(
            `${file}: ${value.name} [${value.type.shape.join(", ")}], inferred [${inferred.shape.join(", ")}]`,
          );
        }
      });
    }
    console.log(`compared ${compared} outputs of ${files.length} models`);
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });
});
