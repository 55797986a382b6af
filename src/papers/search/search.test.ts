import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ortNode } from "../../runtime/index.js";
import { listPapers } from "../catalogue.js";
import { Bm25 } from "./bm25.js";
import { packVectors, unpackVectors } from "./encoder.js";
import { fuseRanks } from "./fuse.js";
import { CardIndex, indexCards, searchCards } from "./search.js";
import { stem, wordsOf } from "./words.js";

const cards = listPapers().map((it) => it.card);
const judged = JSON.parse(readFileSync(join(import.meta.dirname, "judged.json"), "utf8")) as {
  readonly query: string;
  readonly relevant: readonly number[];
}[];

describe("words", () => {
  it("joins forms, drops stop words, folds accents", () => {
    expect(stem("networks")).toBe(stem("network"));
    expect(stem("predictors")).toBe(stem("prediction"));
    expect(stem("optimization")).toBe(stem("optimisation"));
    expect(wordsOf("The Élan of a  graph!")).toEqual([stem("elan"), stem("graph")]);
    expect(wordsOf("… !?")).toEqual([]);
  });
});

describe("Bm25", () => {
  const index = new Bm25([
    new Map([
      ["a", 1],
      ["b", 1],
    ]),
    new Map([["a", 3]]),
    new Map([["c", 1]]),
  ]);
  it("prefers rare words and more of them", () => {
    const scores = index.scores(["a"]);
    expect(scores[1]).toBeGreaterThan(scores[0] ?? 0);
    expect(scores[2]).toBe(0);
    expect(index.rarity("c")).toBeGreaterThan(index.rarity("a"));
    expect(index.rarity("unknown")).toBe(0);
  });
});

describe("fuseRanks", () => {
  it("ranks what both rank high first, and ignores what neither has", () => {
    const fused = fuseRanks([
      { scores: [3, 2, 0, 1], weight: 1 },
      { scores: [1, 2, 0, 0], weight: 1 },
    ]);
    expect(fused[2]).toBe(0);
    expect(Math.max(...fused)).toBe(fused[0]);
    expect(fused[0]).toBeCloseTo(fused[1] ?? 0, 12);
    expect(fused[3]).toBeLessThan(fused[1] ?? 0);
  });
});

describe("the judged queries", () => {
  it("are many, different, and name papers that there are", () => {
    expect(judged.length).toBeGreaterThanOrEqual(60);
    expect(new Set(judged.map((it) => it.query)).size).toBe(judged.length);
    for (const { relevant } of judged)
      for (const id of relevant) expect(cards.some((it) => it.id === id)).toBe(true);
  });
});

describe("search by meaning", () => {
  it("is learned on the engine, small, kept, and finds four of five on queries that nothing was tuned on", async () => {
    const kept = new Map<string, Uint8Array>();
    const keep = {
      get: (key: string) => kept.get(key),
      put: (key: string, bytes: Uint8Array) => kept.set(key, bytes),
    };
    let trained = 0;
    const options = { runtime: ortNode, keep, onTraining: () => trained++ };
    const index = await indexCards(cards, options);
    const again = await indexCards(cards, options);
    expect(trained).toBe(1);
    const [bytes = new Uint8Array()] = [...kept.values()];
    expect(bytes.length).toBeLessThan(200_000);
    const vectors = unpackVectors(bytes, index.lesson().vocabulary.length);
    expect(vectors === undefined ? undefined : packVectors(vectors)).toEqual(bytes);
    expect(unpackVectors(bytes.subarray(1), index.lesson().vocabulary.length)).toBeUndefined();
    expect(again.scores("latency").fused).toEqual(index.scores("latency").fused);

    const held = judged.filter((_, i) => i % 2 === 1);
    const found = held.map(({ query, relevant }) => {
      const top = searchCards(index, query, "fused").slice(0, 5);
      return top.filter(({ card }) => relevant.includes(card.id)).length / Math.min(5, relevant.length);
    });
    expect(found.reduce((a, b) => a + b, 0) / found.length).toBeGreaterThanOrEqual(0.8);
  }, 60_000);

  it("ranks by words alone where there is no runtime", () => {
    const [first] = searchCards(new CardIndex(cards), "tournament evolution of hierarchical motifs");
    expect(first?.card.id).toBe(77);
    expect(searchCards(new CardIndex(cards), "zzzz")).toEqual([]);
  });
});
