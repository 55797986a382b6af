/** The research loop: its arithmetic, its pool, its grammar, and a whole cycle with a model that is known. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, isIssue, issue, rngOf } from "../base/index.js";
import {
  type Exchange,
  type Language,
  memoryTranscript,
  openAiTransport,
  openLanguage,
} from "../language/index.js";
import { mutate, sample, validate } from "../schema/index.js";
import { nb201 } from "../spaces/index.js";
import { byForm, say } from "../testing/language-policies.js";
import { type LanguageServer, type Policy, startLanguageServer } from "../testing/language-server.node.js";
import { simulateSearch } from "../testing/simulated-search.js";
import { strategyContract } from "../testing/strategy-contract.js";
import { type DesignNotes, type Element, notesOf } from "./asi-arch/element.js";
import { fitness, withinBand } from "./asi-arch/fitness.js";
import { editsBetween, grow } from "./asi-arch/grammar.js";
import { KNOWLEDGE, recall } from "./asi-arch/knowledge.js";
import { drawContext, type PoolOptions, poolOf, recordsInPool, relativesOf } from "./asi-arch/pool.js";
import { nearest, similarity } from "./asi-arch/similarity.js";
import { asiArch, type Examination, type Scored } from "./index.js";

strategyContract(asiArch, {
  schemas: [{ name: "nb201", schema: nb201.schema }],
  program: "test/fixtures/strategy-child.ts",
  trials: 24,
  policy: byForm,
});

const THEIRS: PoolOptions = {
  roots: 1,
  start: 200,
  update: 50,
  pool: 50,
  parents: 10,
  references: 4,
  band: 0,
};

function element(index: number, score: number, more: Partial<Element> = {}): Element {
  return {
    ...{ trial: index - 1, index, genotype: sample(nb201.schema, rngOf(0, index)), score, cognition: [] },
    notes: { name: `e${index}`, motivation: `idea ${index}`, by: "grammar", references: [] },
    ...more,
  };
}

describe("fitness", () => {
  const first = { score: 0.224, loss: 4.575 };

  it("of the first element with a verdict of 5 is 0.5 + 0.5 + 4/9, and lies within 0 and 3", () => {
    expect(fitness({ ...first, judgement: 5 }, first)).toBeCloseTo(0.5 + 0.5 + 4 / 9, 12);
    expect(fitness({ score: 9, loss: 0.01, judgement: 10 }, first)).toBeLessThan(3);
    expect(fitness({ score: 9, loss: 0.01, judgement: 10 }, first)).toBeCloseTo(
      3 - 2 / (1 + Math.exp(6)),
      12,
    );
    expect(fitness({ score: 0, loss: 99, judgement: 1 }, first)).toBeCloseTo(2 / (1 + Math.exp(6)), 12);
  });

  it("moves by a tenth of the first element's values, and counts what is missing as the middle", () => {
    const half = fitness({ score: first.score * 1.05, loss: first.loss }, first);
    expect(half).toBeCloseTo(0.5 + 1 / (1 + Math.exp(-3)) + 0.5, 12);
    expect(fitness({ score: 1 }, { score: 1 })).toBeCloseTo(1.5, 12);
    expect(fitness({ score: -0.5 }, { score: -1 })).toBeGreaterThan(1.9);
    expect(fitness({ score: 0.1 }, { score: 0 })).toBeGreaterThan(1.9);
  });

  it("comes with a filter that takes a loss 11 % lower for a leak", () => {
    const at = (loss: number, score = 0.224) => withinBand({ loss: 4.575 * loss, score }, first, 0.1);
    expect([at(0.89), at(0.91), at(1.09), at(1.11)]).toEqual([false, true, true, false]);
    expect([at(1, 0.224 * 0.91), at(1, 0.224 * 0.89), at(1, 0.9)]).toEqual([true, false, true]);
  });
});

describe("the pool", () => {
  it("stays as it is between multiples of 50 after 200", () => {
    expect([1, 199, 200, 249, 250, 299, 300].map((n) => recordsInPool(n, THEIRS))).toEqual([
      ...[1, 1, 200, 200, 250, 250, 300],
    ]);
    const elements = Array.from({ length: 299 }, (_, i) => element(i + 1, 1 + i / 5000));
    const trials = (n: number) => poolOf(elements.slice(0, n), THEIRS).map((it) => it.element.trial);
    expect(trials(249)).toEqual(trials(200));
    expect(trials(299)).toEqual(trials(250));
    expect(trials(250)).not.toEqual(trials(249));
    expect(trials(299)).toHaveLength(50);
  });

  it("is ranked by fitness, and where that saturates by score, then age", () => {
    const elements = [1, 5, 9, 5].map((score, i) => element(i + 1, score));
    const pool = poolOf(elements, { ...THEIRS, start: 4, roots: 1, update: 1 });
    expect(pool.map((it) => it.element.index)).toEqual([3, 2, 4, 1]);
  });

  it("gives a parent of ranks 1 to 10 and references of ranks 11 to 50", () => {
    const elements = Array.from({ length: 250 }, (_, i) => element(i + 1, 1 + i / 5000));
    const pool = poolOf(elements, THEIRS);
    const ranks = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const drawn = drawContext(pool, rngOf(i, "draw"), THEIRS);
      if (drawn === undefined) throw new Error("an empty pool");
      const parent = pool.indexOf(drawn.parent) + 1;
      expect(parent).toBeLessThanOrEqual(10);
      ranks.add(parent);
      const behind = drawn.references.map((it) => pool.indexOf(it) + 1);
      expect(new Set(behind).size).toBe(4);
      for (const rank of behind) expect(rank).toBeGreaterThanOrEqual(11);
    }
    expect(ranks.size).toBe(10);
  });

  it("of fewer than 11 members takes the other members as references; an empty one gives nothing", () => {
    const small = poolOf(
      [1, 2, 3].map((score, i) => element(i + 1, score)),
      { ...THEIRS, start: 3, roots: 3 },
    );
    const drawn = drawContext(small, rngOf(0, "draw"), THEIRS);
    expect(drawn?.references).toHaveLength(2);
    expect(drawn?.references).not.toContain(drawn?.parent);
    expect(drawContext([], rngOf(0, "draw"), THEIRS)).toBeUndefined();
  });

  it("knows relatives: of the siblings the two with the most children", () => {
    const of = (index: number, parent: number | undefined) =>
      element(index, index, {
        notes: { ...element(index, 0).notes, ...(parent !== undefined && { parent }) },
      });
    const family = [of(1, undefined), of(2, 0), of(3, 1), of(4, 1), of(5, 1), of(6, 3), of(7, 4)];
    const [, , it] = family;
    if (it === undefined) throw new Error("seven");
    const { parent, grandparent, siblings } = relativesOf(it, family);
    expect([parent?.index, grandparent?.index, siblings.map((s) => s.index)]).toEqual([2, 1, [4, 5]]);
  });
});

describe("the grammar", () => {
  it("makes points of the space alone, says what it changed, and prefers what the pool speaks for", () => {
    const elements = Array.from({ length: 20 }, (_, i) => {
      const genotype = sample(nb201.schema, rngOf(5, i)) as Record<string, string>;
      return element(i + 1, Object.values(genotype).filter((it) => it === "nor_conv_3x3").length, {
        genotype,
      });
    });
    const pool = poolOf(elements, { ...THEIRS, start: 20, roots: 20 });
    let better = 0;
    let worse = 0;
    for (let i = 0; i < 200; i++) {
      const drawn = drawContext(pool, rngOf(i, "context"), THEIRS);
      if (drawn === undefined) throw new Error("an empty pool");
      const child = grow(nb201.schema, drawn.parent, drawn.references, pool, rngOf(i, "grow"));
      expect(isIssue(validate(nb201.schema, child.genotype))).toBe(false);
      expect(child.edits.length).toBeGreaterThan(0);
      expect(child.motivation).toContain(`trial ${drawn.parent.element.trial}`);
      for (const { path, from, to } of child.edits) {
        expect(child.motivation.includes(path) || child.edits.length > 4).toBe(true);
        if (to === "nor_conv_3x3") better++;
        if (from === "nor_conv_3x3") worse++;
      }
    }
    // Edits without a look at the pool, of the same parents.
    const blind = { better: 0, worse: 0 };
    for (let i = 0; i < 200; i++) {
      const parent = drawContext(pool, rngOf(i, "context"), THEIRS)?.parent.element.genotype;
      const child = mutate(nb201.schema, parent ?? {}, rngOf(i, "blind"));
      for (const { from, to } of editsBetween(parent, child)) {
        if (to === "nor_conv_3x3") blind.better++;
        if (from === "nor_conv_3x3") blind.worse++;
      }
    }
    expect(better / worse).toBeGreaterThan((1.5 * blind.better) / blind.worse);
  });

  it("names edits by their type", () => {
    expect(editsBetween({ a: 1, b: [1, 2], c: "x", e: 4 }, { a: 3, b: [1], c: "y", d: true, e: 2 })).toEqual([
      { kind: "raise", path: "a", from: 1, to: 3 },
      { kind: "remove", path: "b/1", from: 2 },
      { kind: "replace", path: "c", from: "x", to: "y" },
      { kind: "lower", path: "e", from: 4, to: 2 },
      { kind: "insert", path: "d", to: true },
    ]);
  });
});

describe("knowledge", () => {
  it("is called up by what results show", () => {
    expect(
      recall("a deep network without skip connection trains badly, the loss stays high")[0]?.source,
    ).toContain("1512.03385");
    expect(recall("the training loss is low but validation loss is high: overfitting")[0]?.source).toContain(
      "JMLR",
    );
    expect(recall("zebra")).toEqual([]);
    for (const { source } of KNOWLEDGE) expect(source).toMatch(/\d{4}, (arXiv:\d{4}\.\d{5}|JMLR 15)$/);
  });

  it("compares texts by their words", () => {
    expect(similarity("gates with a floor", "gates with a floor")).toBeCloseTo(1, 12);
    expect(similarity("gates", "pooling")).toBe(0);
    const ideas = ["raise the width", "add a gate with floors", "remove pooling"].map((text) => ({ text }));
    expect(nearest("gating by a floor: gate", ideas, (it) => it.text, 1)[0]?.item).toBe(ideas[1]);
  });
});

describe("without a language model", () => {
  it("the grammar proposes, and says so", async () => {
    await using searcher = asiArch.searcher({}, { seed: 0 });
    expect(searcher.notice).toContain("a typed mutation grammar proposes");
    const { proposals } = await simulateSearch(asiArch, nb201.schema, { trials: 30, seed: 1 });
    expect(proposals.slice(0, 5).map(({ origin }) => origin)).toEqual(Array(5).fill("root"));
    expect(new Set(proposals.slice(5).map(({ origin }) => origin))).toEqual(new Set(["grammar"]));
    expect(new Set(proposals.map(({ genotype }) => canonicalJson(genotype))).size).toBe(30);
    expectTree(proposals.map((it) => notesOf(it.notes)));
  });

  it("finds more than draws do", async () => {
    const objective = (genotype: unknown) =>
      Object.values(genotype as Record<string, string>).reduce(
        (sum, it, i) => sum + (it === "nor_conv_3x3" ? 1 : it === "skip_connect" && i === 3 ? 1.5 : 0),
        1,
      );
    let [found, ofDraws] = [0, 0];
    for (let seed = 0; seed < 8; seed++) {
      const { told } = await simulateSearch(asiArch, nb201.schema, { trials: 60, seed, objective });
      found += Math.max(...told.map(({ score }) => score));
      ofDraws += Math.max(
        ...Array.from({ length: 60 }, (_, i) => objective(sample(nb201.schema, rngOf(seed, "rival", i)))),
      );
    }
    expect(found / 8).toBeGreaterThan(ofDraws / 8 + 0.7);
  });

  it("proposes nothing that the engineer's checks refuse", async () => {
    const { examine, looked } = examiner((cell) => cell.edge03 !== "skip_connect");
    const { proposals } = await simulateSearch(asiArch, nb201.schema, {
      ...{ trials: 25, seed: 2, tools: { examine } },
    });
    expect(looked()).toBeGreaterThan(25);
    for (const { genotype, notes } of proposals) {
      expect((genotype as Record<string, string>).edge03).not.toBe("skip_connect");
      expect(notesOf(notes).checks).toEqual({ costs: "12 parameters", causality: "not applicable" });
    }
  });
});

/** Lineage has no cycle: parents and references come before their children. */
function expectTree(notes: readonly DesignNotes[]): void {
  for (const [trial, it] of notes.entries()) {
    for (const other of [...(it.parent === undefined ? [] : [it.parent]), ...it.references])
      expect(other).toBeLessThan(trial);
  }
}

function examiner(passes: (cell: Record<string, string>) => boolean) {
  let looked = 0;
  const examine = async (genotype: unknown): Promise<Examination> => {
    looked++;
    const cell = genotype as Record<string, string>;
    const refusals = passes(cell)
      ? []
      : [issue("causality_broken", { expected: "no look ahead", received: "one" })];
    return { hash: canonicalJson(cell), costs: "12 parameters", refusals, causality: "not applicable" };
  };
  return { examine, looked: () => looked };
}

describe("with a language model", () => {
  let server: LanguageServer;
  beforeAll(async () => {
    server = await startLanguageServer(byForm);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** `byForm`, whose judge of novelty never objects. */
  const open: Policy = (request, before) =>
    request.response_format?.json_schema?.name === "novelty"
      ? say({ is_repeated: false, repeated_index: [], reason: "new" })
      : byForm(request, before);

  function speak(policy: Policy, from: readonly Exchange[] = []) {
    const began = server.received.length;
    server.policy = (request, before) => policy(request, before - began);
    const settings = { endpoint: server.url, model: "known", retryDelayMs: 1, timeoutMs: 60_000 };
    const transcript = memoryTranscript(from);
    const language = openLanguage({ settings, transport: openAiTransport(settings), transcript });
    const roles = () =>
      server.received.slice(began).map(({ body }) => body.response_format?.json_schema?.name ?? "");
    return { language, transcript, roles, requests: () => server.received.slice(began) };
  }
  const searchWith = (language: Language, trials: number, history: readonly Scored[] = []) =>
    simulateSearch(asiArch, nb201.schema, {
      ...{ trials, seed: 4, options: { roots: 2, start: 2, update: 1 }, history, tools: { language } },
    });

  it("goes through the whole cycle: context, design, novelty, analysis, verdict", async () => {
    const { language, roles, requests } = speak(open);
    const { proposals } = await searchWith(language, 6);
    expect(roles().slice(0, 7)).toEqual([
      ...["analysis", "judgement", "analysis", "judgement", "summaries", "design", "novelty"],
    ]);
    // A variant that was tried already is corrected by another question.
    expect(roles().filter((it) => it === "design").length).toBeGreaterThanOrEqual(4);
    expect(proposals.map(({ origin }) => origin)).toEqual([
      "root",
      "root",
      "model",
      "model",
      "model",
      "model",
    ]);
    expectTree(proposals.map((it) => notesOf(it.notes)));
    const design = requests().find(({ body }) => body.response_format?.json_schema?.name === "design");
    const prompt = design?.body.messages[1]?.content ?? "";
    expect(prompt).toContain("Architecture: {");
    expect(prompt).toContain("From the literature:");
    expect(prompt).toContain("fitness ");
    const analysed = requests().filter(({ body }) => body.response_format?.json_schema?.name === "analysis");
    expect(analysed.at(-1)?.body.messages[1]?.content).toMatch(/Parent: trial \d+/);
  });

  it("sends an idea that was had before on to another one, and ends in the grammar where it stays the same", async () => {
    const again: Policy = (request, before) =>
      request.response_format?.json_schema?.name === "novelty"
        ? say({ is_repeated: true, repeated_index: [1], reason: "the same" })
        : byForm(request, before);
    const { language, roles, requests } = speak(again);
    const { proposals } = await searchWith(language, 4);
    expect(roles().filter((it) => it === "novelty")).toHaveLength(6);
    expect(proposals[2]?.origin).toBe("grammar");
    expect(notesOf(proposals[2]?.notes).fallback).toContain("the same idea 3 times");
    const designs = requests().filter(({ body }) => body.response_format?.json_schema?.name === "design");
    expect(designs[1]?.body.messages[1]?.content).toContain("These ideas were had already");
  });

  it("has the engineer's refusals repaired by the model, the exact reason given", async () => {
    const { examine } = examiner((cell) => cell.edge03 !== "skip_connect");
    const leaky: Policy = (request, before) => {
      if (request.response_format?.json_schema?.name !== "design") return open(request, before);
      const corrected = request.messages.some(({ content }) => content.includes("causality_broken"));
      const cell = {
        ...(sample(nb201.schema, rngOf(1, before)) as object),
        edge03: corrected ? "none" : "skip_connect",
      };
      return say({ name: "leak", motivation: `idea number ${before}`, architecture: cell });
    };
    const { language, roles } = speak(leaky);
    const { proposals } = await simulateSearch(asiArch, nb201.schema, {
      ...{ trials: 4, seed: 4, options: { roots: 2, start: 2, update: 1 }, tools: { language, examine } },
    });
    expect(roles().filter((it) => it === "design")).toHaveLength(4);
    for (const { genotype, origin } of proposals.slice(2)) {
      expect(origin).toBe("model");
      expect((genotype as Record<string, string>).edge03).toBe("none");
    }
  });

  it("goes on with the grammar where the model gives nothing usable, and says why", async () => {
    const { language } = speak(() => ({ kind: "answer", content: "I would rather not." }));
    const { proposals } = await searchWith(language, 4);
    expect(proposals.map(({ origin }) => origin)).toEqual(["root", "root", "grammar", "grammar"]);
    expect(notesOf(proposals[3]?.notes).fallback).toContain("answer_refusal");
  });

  it("replays its transcript without a request, and resumes from it without paying twice", async () => {
    const whole = speak(open);
    const live = await searchWith(whole.language, 6);
    const replay = openLanguage({ settings: { model: "known" }, recorded: whole.transcript.exchanges() });
    expect((await searchWith(replay, 6)).proposals).toEqual(live.proposals);
    const resumed = speak(open, [...whole.transcript.exchanges()]);
    expect((await searchWith(resumed.language, 6, live.told.slice(0, 4))).proposals).toEqual(
      live.proposals.slice(4),
    );
    expect(resumed.requests()).toHaveLength(0);
  });
});
