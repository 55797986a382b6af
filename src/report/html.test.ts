import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../base/index.js";
import type { SearchDocument, TrialDocument } from "../study/index.js";
import { renderReport } from "./html.js";
import { checkHtml } from "./html-check.test-helper.js";
import { sampleCost, sampleDocument, sampleModel } from "./sample-document.test-helper.js";
import { renderTerminal } from "./terminal.js";

const winner = { model: sampleModel(), card: { preprocessing: "grey values in [0, 1]" }, costOf: sampleCost };

describe("renderReport", () => {
  it("holds everything that was asked for, in one file that fetches nothing", () => {
    const d = sampleDocument();
    const html = renderReport(d, winner);
    const page = checkHtml(html);
    expect(page.problems).toEqual([]);
    for (const text of [
      "on unseen test data",
      "All 5 limits are kept",
      "What accuracy costs",
      "Who ran what, when",
      "Learning curves",
      "Most frequent confusions",
      "Linear model",
      "candidates were refused",
      "stage1",
      "grey values in [0, 1]",
      "InferenceSession",
      d.data.hash,
      d.provenance.cpu,
    ]) {
      expect(page.text).toContain(text);
    }
    for (const t of d.trials) expect(page.ids.has(`trial-${t.number}`)).toBe(true);
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(html).toContain("default-src 'none'".replaceAll("'", "&#39;"));
  });

  it("is the same text for the same document", () => {
    expect(renderReport(sampleDocument(), winner)).toBe(renderReport(sampleDocument(), winner));
  });

  it("stays a small file", () => {
    expect(renderReport(sampleDocument({ trials: 50 }), winner).length).toBeLessThan(200_000);
    const large = renderReport(sampleDocument({ trials: 500, workers: 8 }), {
      ...winner,
      model: sampleModel(5, 4),
    });
    expect(large.length).toBeLessThan(520_000);
  });

  it.each([
    ["one trial", sampleDocument({ trials: 1, seed: 3 })],
    ["no trial", sampleDocument({ trials: 0 })],
    ["failed trials only", sampleDocument({ trials: 6, allFailed: true })],
    ["no latency", sampleDocument({ trials: 12, latency: false })],
    ["regression without limits", sampleDocument({ trials: 12, metric: "r2", limits: false })],
    ["100 classes", sampleDocument({ trials: 8, classes: 100 })],
    ["one class", sampleDocument({ trials: 8, classes: 1 })],
  ])("is whole with %s", (_, d) => {
    for (const html of [renderReport(d, winner), renderReport(d)]) {
      const page = checkHtml(html);
      expect(page.problems).toEqual([]);
      expect(page.text).not.toMatch(/NaN|undefined|Infinity|\[object/);
      for (const t of d.trials) expect(page.ids.has(`trial-${t.number}`)).toBe(true);
    }
  });

  it("says which limit is broken", () => {
    const d = sampleDocument({ trials: 10 });
    const page = checkHtml(renderReport({ ...d, limits: { ...d.limits, params: 10 } }, winner));
    expect(page.text).toContain("Parameters beyond the limit");
    expect(page.text).toContain("✗ broken");
  });

  it("escapes whatever users can name", () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror="alert(2)">'"&\u0000\uD800`;
    const d = sampleDocument({ trials: 6 });
    if (d.best === null) throw new Error("the sample has a winner");
    const trials = d.trials.map(
      (t, i): TrialDocument => ({
        ...t,
        genotype: { [evil]: evil },
        origin: evil,
        hash: evil,
        spans: t.spans.map((s) => ({ ...s, worker: evil })),
        ...(i === 2 ? { state: "failed", error: { code: evil, path: evil, hint: evil } } : {}),
      }),
    );
    const html = renderReport(
      {
        ...d,
        study: evil,
        trials,
        space: { ...d.space, name: evil },
        strategy: { name: evil, options: { [evil]: evil } },
        data: { ...d.data, name: evil, hash: evil, notes: [evil] },
        rejected: { ...d.rejected, reasons: { [evil]: 4 } },
        best: {
          ...d.best,
          onnx: evil,
          card: evil,
          report: evil,
          genotype: evil,
          classes: Array(10).fill(evil),
        },
        provenance: { ...d.provenance, cpu: evil, started: evil, morphospace: evil },
      },
      { ...winner, card: { [evil]: evil, preprocessing: evil } },
    );
    const page = checkHtml(html);
    expect(page.problems).toEqual([]);
    expect(page.elements.filter((e) => e === "script").length).toBe(2);
    expect(page.elements).not.toContain("img");
    expect(html).not.toContain("\u0000");
    const terminal = renderTerminal({
      ...d,
      study: `\u001B[31m${evil}\r\n`,
      best: { ...d.best, onnx: "\u001B]0;x\u0007" },
    });
    expect(terminal).not.toContain("\u001B");
  });

  it("never throws, and never loses a trial, for any document", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyDocument(), (d) => {
        const page = checkHtml(renderReport(d));
        expect(page.problems).toEqual([]);
        for (const t of d.trials) expect(page.ids.has(`trial-${t.number}`)).toBe(true);
        expect(renderTerminal(d).length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });
});

/** Documents that obey their types and nothing else: any number, any text, links into the void. */
function anyDocument(): fc.Arbitrary<SearchDocument> {
  const number = fc.oneof(fc.double(), fc.constantFrom(0, 1, 0.5, 1e6, -1), fc.integer());
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "<b>", "a/b"));
  const json = fc.jsonValue() as fc.Arbitrary<Json>;
  const int = fc.nat(60);
  const point = fc.record({
    epoch: number,
    trainLoss: number,
    valLoss: number,
    valAccuracy: number,
    learningRate: number,
  });
  const span = fc.record({ rung: fc.integer(), worker: text, startMs: number, endMs: number });
  const costs = fc.record({
    params: number,
    macs: number,
    flops: number,
    weightBytes: number,
    peakActivationBytes: number,
  });
  const error = fc.record({ code: text, path: text, hint: text });
  const trial = fc.record({
    number: int,
    state: fc.constantFrom("waiting", "running", "complete", "stopped", "failed"),
    genotype: json,
    hash: text,
    origin: text,
    parent: fc.option(int, { nil: undefined }),
    params: number,
    macs: number,
    weightBytes: number,
    peakActivationBytes: number,
    latencyMs: fc.option(number),
    valAccuracy: fc.option(number),
    epochs: number,
    seconds: number,
    rung: fc.integer(),
    curve: fc.array(point, { maxLength: 5 }),
    spans: fc.array(span, { maxLength: 3 }),
    error: fc.option(error, { nil: undefined }),
  });
  const best = fc
    .tuple(costs, fc.array(fc.array(number, { maxLength: 4 }), { maxLength: 4 }))
    .chain(([c, confusion]) =>
      fc.record({
        ...Object.fromEntries(Object.keys(c).map((k) => [k, number])),
        params: number,
        macs: number,
        flops: number,
        weightBytes: number,
        peakActivationBytes: number,
        latencyMs: number,
        number: int,
        genotype: json,
        valAccuracy: number,
        testAccuracy: number,
        epochs: number,
        curve: fc.array(point, { maxLength: 5 }),
        onnx: text,
        card: text,
        report: text,
        confusion: fc.constant(confusion),
        classes: fc.array(text, { maxLength: 4 }),
      }),
    );
  return fc.record({
    schema: fc.constant("morph.search/1" as const),
    study: text,
    state: fc.constantFrom("running", "interrupted", "finished"),
    metric: fc.constantFrom("accuracy", "r2"),
    limits: fc.record({ params: number, macs: number, latencyMs: number }, { requiredKeys: [] }),
    space: fc.record({ name: text, version: int, size: text }),
    strategy: fc.record({ name: text, options: json }),
    data: fc.record({
      name: text,
      hash: text,
      train: number,
      validation: number,
      test: number,
      classes: fc.option(int),
      notes: fc.array(text, { maxLength: 3 }),
    }),
    seed: fc.integer(),
    workers: int,
    trials: fc.uniqueArray(trial, { maxLength: 12, selector: (t) => t.number }),
    pareto: fc.array(int, { maxLength: 5 }),
    rejected: fc.record({ count: int, reasons: fc.dictionary(text, int), smallest: fc.option(costs) }),
    feasibleShare: number,
    best: fc.option(best),
    baselines: fc.record({ constant: number, linear: number }),
    seconds: number,
    provenance: fc.record({
      morphospace: text,
      onnxruntime: text,
      node: text,
      platform: text,
      cpu: text,
      cores: int,
      started: text,
      sessions: int,
    }),
  });
}
