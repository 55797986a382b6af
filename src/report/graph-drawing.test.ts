import { describe, expect, it } from "vitest";
import { Graph, Value } from "../ir/index.js";
import { blocksOf } from "./blocks.js";
import { fuseUnits } from "./fuse.js";
import { drawGraph } from "./graph-drawing.js";
import { checkHtml } from "./html-check.test-helper.js";
import { nodeCosts } from "./node-costs.js";
import { branchedCell, plainChain, sampleCost, sampleModel } from "./sample-document.test-helper.js";

const model = sampleModel(3, 2);

describe("fuseUnits", () => {
  it("says conv and activation in one breath, with kernel, channels and stride", () => {
    const units = fuseUnits(model.graph);
    expect(units[0]).toMatchObject({ title: "Conv 3×3 · hard swish", detail: "1 → 12", kind: "conv" });
    const depthwise = units.filter((u) => u.title.startsWith("Depthwise 5×5"));
    expect(depthwise.map((u) => u.detail)).toEqual(["48 channels · stride 2", "84 channels"]);
    expect(units.map((u) => u.title)).not.toContain("Hard swish");
    // Every node stands in exactly one unit.
    const nodes = units.flatMap((u) => u.nodes);
    expect(new Set(nodes).size).toBe(nodes.length);
    expect(nodes.length).toBe(model.graph.nodes.length);
  });

  it("does not swallow what someone else reads", () => {
    const units = fuseUnits(branchedCell(3));
    const conv = units.find((u) => u.title === "Conv 1×1");
    expect(conv?.nodes.length).toBe(1);
    expect(units.at(-1)).toMatchObject({ title: "Add", kind: "join" });
  });

  it("knows x * sigmoid(x) as SiLU", () => {
    const { graph } = sampleModel(1, 1);
    const [conv] = graph.nodes;
    const y = conv?.outputs[0];
    if (conv === undefined || y === undefined) throw new Error("the sample begins with a convolution");
    const gate = Value.of("gate", "float32", y.shape);
    const out = Value.of("out", "float32", y.shape);
    const nodes = [
      conv,
      { opType: "Sigmoid", domain: "", name: "s", inputs: [y], outputs: [gate], attributes: {} },
      { opType: "Mul", domain: "", name: "m", inputs: [y, gate], outputs: [out], attributes: {} },
    ];
    const units = fuseUnits(graph.with({ nodes, outputs: [out] }));
    expect(units.map((u) => u.title)).toEqual(["Conv 3×3 · SiLU"]);
  });
});

describe("blocksOf", () => {
  it("gathers by scope names and adds up the costs", () => {
    const items = blocksOf(model.graph, sampleCost);
    expect(items.map((i) => i.title)).toEqual([
      "Conv 3×3 · hard swish",
      "stage1",
      "stage2",
      "stage3",
      "head",
    ]);
    expect(items[2]?.children.map((i) => i.title)).toEqual(["block0", "block1"]);
    const params = model.graph.nodes.reduce((sum, n) => sum + sampleCost(n).params, 0);
    expect(items.reduce((sum, i) => sum + i.cost.params, 0)).toBe(params);
    expect(params).toBeGreaterThan(10_000);
    const byDefault = nodeCosts(model.graph);
    expect(model.graph.nodes.reduce((sum, n) => sum + byDefault(n).params, 0)).toBe(params);
    // The operators' own rules agree with the sample's formula.
    const macs = (cost: typeof byDefault) =>
      model.graph.nodes.reduce((sum, n) => sum + (cost(n).macs ?? 0), 0);
    expect(macs(byDefault)).toBe(macs(sampleCost));
    expect(macs(byDefault)).toBeGreaterThan(100_000);
  });

  it("gathers a long graph without names into parts", () => {
    const most = (items: ReturnType<typeof blocksOf>): number =>
      Math.max(items.length, ...items.map((i) => most([...i.children])));
    const items = blocksOf(plainChain(5000), sampleCost);
    expect(most(items)).toBeLessThanOrEqual(130);
    expect(items.reduce((n, i) => n + i.units.length, 0)).toBe(5000);
  });
});

describe("drawGraph", () => {
  const boxes = (svg: string) => svg.match(/class="gi"/g)?.length ?? 0;

  it("is well-formed and names blocks, shapes and terminals", () => {
    const svg = drawGraph(model.graph, { costOf: sampleCost });
    const page = checkHtml(svg);
    expect(page.problems).toEqual([]);
    for (const text of ["stage1", "head", "16×14×14", "image", "logits", "Depthwise 3×3 · hard swish"]) {
      expect(page.text).toContain(text);
    }
    expect(svg).toContain('class="gq"');
    expect(svg.match(/aria-expanded="true"/g)).toBeNull();
  });

  it("draws skips as arcs, and grows when blocks are open", () => {
    const closed = drawGraph(model.graph);
    const open = drawGraph(model.graph, { open: "all" });
    const height = (svg: string) => Number(/ height="([\d.]+)"/.exec(svg)?.[1]);
    expect(height(open)).toBeGreaterThan(3 * height(closed));
    expect(open).toContain('class="ge ga"');
    expect(open).not.toContain('display="none"');
    expect(height(drawGraph(model.graph, { open: 1 }))).toBeLessThan(height(open));
  });

  it("stays small and quick for 5,000 nodes", () => {
    const graph = plainChain(5000);
    const began = process.hrtime.bigint();
    const svg = drawGraph(graph, { maxBoxes: 300 });
    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(2000);
    expect(boxes(svg)).toBeLessThanOrEqual(300);
    expect(checkHtml(svg).problems).toEqual([]);
  });

  it("draws an empty graph, and escapes hostile names", () => {
    const x = Value.of("<script>x</script>", "float32", ["N", '"><img src=http://e>']);
    const empty = new Graph({ name: "e", inputs: [x], outputs: [x], initializers: [], nodes: [] });
    expect(checkHtml(drawGraph(empty)).problems).toEqual([]);
    const y = Value.of("y", "float32");
    const node = {
      opType: "<b>Bad",
      domain: "ev&il",
      name: "a<x>/b",
      inputs: [x],
      outputs: [y],
      attributes: {},
    };
    const page = checkHtml(drawGraph(empty.with({ nodes: [node], outputs: [y] })));
    expect(page.problems).toEqual([]);
    expect(page.elements).not.toContain("script");
    expect(page.elements).not.toContain("b");
    expect(page.elements).not.toContain("img");
  });
});
