/**
 * How well the catalogue is searched: `npm run bench -- papers [--tune]`. Half of the judged queries (the odd ones) may
 * be tuned on, the other half (the even ones) is only reported. Writes `bench/results/papers.json` and the page
 * `docs/papers-search.md`; with `--tune` it tries settings on the first half and writes nothing.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type Card, type CardIndex, indexCards, listPapers } from "../src/papers/index.js";
import { FUSION } from "../src/papers/search/search.js";
import { ortNode } from "../src/runtime/index.js";
import { record } from "./lib.js";

interface Judged {
  readonly query: string;
  readonly relevant: readonly number[];
}

const judged = JSON.parse(readFileSync("src/papers/search/judged.json", "utf8")) as readonly Judged[];
const halves = {
  tuning: judged.filter((_, i) => i % 2 === 0),
  "held out": judged.filter((_, i) => i % 2 === 1),
};
const cards = listPapers().map((it) => it.card);
const began = performance.now();
const index = await indexCards(cards, { runtime: ortNode });
const trainSeconds = (performance.now() - began) / 1000;
const ways = ["words", "meaning", "fused"] as const;

if (process.argv.includes("--tune")) tune();
else await report();

function recallAt5(way: (typeof ways)[number], queries: readonly Judged[]): number {
  const sum = queries.reduce((total, { query, relevant }) => {
    const top = ranked(index, cards, query, way).slice(0, 5);
    return total + top.filter((id) => relevant.includes(id)).length / Math.min(5, relevant.length);
  }, 0);
  return sum / queries.length;
}

function reciprocal(way: (typeof ways)[number], queries: readonly Judged[]): number {
  const sum = queries.reduce((total, { query, relevant }) => {
    const place = ranked(index, cards, query, way).findIndex((id) => relevant.includes(id));
    return total + (place < 0 ? 0 : 1 / (place + 1));
  }, 0);
  return sum / queries.length;
}

function ranked(it: CardIndex, all: readonly Card[], query: string, way: (typeof ways)[number]): number[] {
  const scores = it.scores(query)[way] ?? new Float64Array(all.length);
  return all
    .map((card, at) => ({ id: card.id, score: scores[at] ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .map(({ id }) => id);
}

function tune(): void {
  const misses = halves.tuning
    .map((it) => ({ ...it, top: ranked(index, cards, it.query, "fused").slice(0, 5) }))
    .filter(({ top, relevant }) => relevant.some((id) => !top.includes(id)));
  for (const it of misses) console.log(JSON.stringify(it));
  for (const way of ways) console.log(way, recallAt5(way, halves.tuning).toFixed(3));
  for (const meaning of [0.3, 0.5, 0.7, 1, 1.5]) {
    for (const k of [2, 5, 12, 30, 60]) {
      Object.assign(FUSION, { meaning, k });
      console.log(
        meaning,
        k,
        recallAt5("fused", halves.tuning).toFixed(3),
        reciprocal("fused", halves.tuning).toFixed(3),
      );
    }
  }
}

async function report(): Promise<void> {
  const rows = Object.entries(halves).flatMap(([half, queries]) =>
    ways.map((way) => ({
      half,
      way,
      queries: queries.length,
      recallAt5: recallAt5(way, queries),
      reciprocalRank: reciprocal(way, queries),
    })),
  );
  for (const row of rows) console.error(`${row.half} ${row.way}: ${row.recallAt5.toFixed(3)}`);
  await record("papers", { fusion: FUSION, trainSeconds, rows });
  await writeFile("docs/papers-search.md", page(rows));
}

function page(
  rows: readonly { half: string; way: string; queries: number; recallAt5: number; reciprocalRank: number }[],
) {
  const names = {
    words: "words (BM25)",
    meaning: "meaning (encoder)",
    fused: "both, fused: what `morph papers` does",
  };
  return [
    "# How well the catalogue is searched",
    "",
    "<!-- Made by `npm run bench -- papers`. Do not edit. -->",
    "",
    `${judged.length} queries were written by hand with the papers that answer them (src/papers/search/judged.json).`,
    "Settings were chosen on one half; the other half was kept out of it. Recall at 5 is the share of a query's",
    "relevant papers among the first five; the reciprocal rank is that of the first relevant one.",
    "",
    "| half | ranked by | queries | recall at 5 | reciprocal rank |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(
      (it) =>
        `| ${it.half} | ${names[it.way as keyof typeof names]} | ${it.queries} | ${it.recallAt5.toFixed(3)} | ${it.reciprocalRank.toFixed(3)} |`,
    ),
    "",
    `Training the encoder took ${trainSeconds.toFixed(1)} s on this machine, once; afterwards it is read from the cache.`,
    "",
  ].join("\n");
}
