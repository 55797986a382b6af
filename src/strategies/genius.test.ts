/** GENIUS against a real server whose model is known: what it proposes, what it is told, and what becomes of bad answers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, ExitCode, isIssue, type Json, MorphError } from "../base/index.js";
import { bindTable, type Lookup, nb201Benchmark, openTable, runBenchmark } from "../benchmarks/index.js";
import {
  type Exchange,
  type Language,
  type LanguageSettings,
  memoryTranscript,
  openAiTransport,
  openLanguage,
} from "../language/index.js";
import { s, toJsonSchema, validate } from "../schema/index.js";
import { NB201_OPERATORS, nb201, nb201FromString, nb201ToString } from "../spaces/index.js";
import { byCoordinates, nextByCoordinates, type Round, roundsOf, say } from "../testing/language-policies.js";
import { type LanguageServer, type Policy, startLanguageServer } from "../testing/language-server.node.js";
import { scoreOf, simulateSearch } from "../testing/simulated-search.js";
import { seedOf } from "./genius.js";
import { genius } from "./index.js";

const TABLE = join(import.meta.dirname, "../../../shared/data/nasbench/nasbench201.csv.gz");

let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer(byCoordinates);
});
afterAll(() => server[Symbol.asyncDispose]());

function speak(policy: Policy, settings: Partial<LanguageSettings> = {}, from: readonly Exchange[] = []) {
  const began = server.received.length;
  server.policy = (request, before) => policy(request, before - began);
  const all = { endpoint: server.url, model: "known", retryDelayMs: 1, timeoutMs: 60_000, ...settings };
  const transcript = memoryTranscript(from);
  const language = openLanguage({ settings: all, transport: openAiTransport(all), transcript });
  return { language, transcript, requests: () => server.received.slice(began) };
}

const searchWith = (language: Language, trials: number, seed = 0, objective = scoreOf) =>
  simulateSearch(genius, nb201.schema, { trials, seed, objective, tools: { language } });

const designs = (rounds: Awaited<ReturnType<typeof searchWith>>) =>
  rounds.proposals.map(({ genotype }) => canonicalJson(genotype));

describe("genius", () => {
  it("tells the model in round k exactly the k-1 figures that were measured, and never draws twice", async () => {
    const { language, requests } = speak(byCoordinates);
    const result = await searchWith(language, 8, 3);
    expect(requests()).toHaveLength(8);
    for (const [k, { body }] of requests().entries()) {
      const figures = roundsOf(body).map(({ figure }) => figure);
      expect(figures).toEqual(result.told.slice(0, k).map(({ score }) => Math.round(score * 1000) / 1000));
      expect(body.temperature).toBe(0);
      expect(body.messages[0]?.role).toBe("system");
      expect(body.messages[1]?.content).toContain("edge01  one of none, skip_connect");
      expect(body.messages[1]?.content).toContain(JSON.stringify(withoutHeader(toJsonSchema(nb201.schema))));
    }
    expect(new Set(designs(result)).size).toBe(8);
    expect(result.proposals.every(({ origin }) => origin === "genius")).toBe(true);
  });

  it("gives a design that was tried back with its earlier figure", async () => {
    // The model's first answer of every round is its very first design.
    const stubborn: Policy = (request, before) => {
      const rounds = roundsOf(request);
      const corrected = request.messages.at(-1)?.content.includes("design_repeated") === true;
      const [first] = rounds;
      return first === undefined || corrected
        ? byCoordinates(request, before)
        : say({ reasoning: "again", architecture: first.architecture });
    };
    const { language, requests } = speak(stubborn);
    const result = await searchWith(language, 3);
    expect(requests()).toHaveLength(5);
    const correction = requests()[2]?.body.messages.at(-1)?.content ?? "";
    expect(correction).toContain("that of trial 0, whose score is");
    expect(correction).toContain((Math.round((result.told[0]?.score ?? 0) * 1000) / 1000).toFixed(3));
    expect(new Set(designs(result)).size).toBe(3);
  });

  it("ends every bad answer in a valid trial, and says so", async () => {
    const cell = { edge01: "none", edge02: "none", edge12: "none", edge03: "none", edge13: "none" };
    const bad: readonly (readonly [string, Policy])[] = [
      ["prose", () => ({ kind: "answer", content: "Use 3 3 3 1 3 2, surely: the answer is 333132." })],
      ["a refusal", () => ({ kind: "answer", content: "", refusal: "I cannot do that." })],
      ["too few edges", () => say({ reasoning: "", architecture: cell })],
      ["no such operator", () => say({ reasoning: "", architecture: { ...cell, edge23: "conv9" } })],
      [
        "too many edges",
        () => say({ reasoning: "", architecture: { ...cell, edge23: "none", edge99: "none" } }),
      ],
      ["half an object", () => ({ kind: "answer", content: '{"architecture": {"edge01"', finish: "length" })],
      ["an endless answer", () => ({ kind: "answer", content: "x".repeat(200_000) })],
      ["code", () => ({ kind: "answer", content: "process.exit(1)" })],
      ["nothing in time", () => ({ kind: "silence" })],
    ];
    for (const [name, policy] of bad) {
      const settings = name === "nothing in time" ? { timeoutMs: 40, retries: 0 } : {};
      const { language, transcript, requests } = speak(policy, settings);
      const result = await searchWith(language, 2);
      expect(
        result.proposals.map(({ origin }) => origin),
        name,
      ).toEqual(["fallback", "fallback"]);
      for (const { genotype } of result.proposals)
        expect(isIssue(validate(nb201.schema, genotype))).toBe(false);
      expect(result.proposals[1]?.parent).toBe(0);
      expect(requests(), name).toHaveLength(8);
      expect([...transcript.exchanges()]).toHaveLength(8);
      const last = requests().at(-1)?.body.messages ?? [];
      // What was wrong is said again, but not all that was written.
      expect(JSON.stringify(last).length).toBeLessThan(20_000);
    }
  });

  it("stops where the endpoint does not serve, and where the ceiling is reached", async () => {
    const down = speak(() => ({ kind: "status", status: 500, body: "{}" }), { retries: 1 });
    await expect(searchWith(down.language, 2)).rejects.toThrow(/language_server/);
    const { language, requests } = speak(byCoordinates, { maxTokens: 6_000, maxOutputTokens: 400 });
    await expect(searchWith(language, 50)).rejects.toThrow(/language_budget/);
    const { inputTokens, outputTokens } = language.spent;
    expect(inputTokens + outputTokens).toBeLessThanOrEqual(6_000);
    expect(requests().length).toBeGreaterThan(1);
  });

  it("replays a transcript without a request", async () => {
    const first = speak(byCoordinates);
    const live = await searchWith(first.language, 6, 9);
    const replay = openLanguage({ settings: { model: "known" }, recorded: first.transcript.exchanges() });
    const again = await searchWith(replay, 6, 9);
    expect(again.proposals).toEqual(live.proposals);
    await expect(searchWith(replay, 7, 9)).rejects.toThrow(/transcript_missing at trial 6\/design\/0/);
  });

  it("goes on from a transcript where a search was cut off, and pays no question twice", async () => {
    const whole = speak(byCoordinates);
    const live = await searchWith(whole.language, 6, 2);
    const kept = [...whole.transcript.exchanges()].slice(0, 4);
    const rest = speak(byCoordinates, {}, kept);
    // Three results were written down; the fourth question was answered, but its trial was lost.
    const resumed = await simulateSearch(genius, nb201.schema, {
      ...{ trials: 6, seed: 2, history: live.told.slice(0, 3), tools: { language: rest.language } },
    });
    expect(resumed.proposals).toEqual(live.proposals.slice(3));
    expect(rest.requests()).toHaveLength(2);
  });

  it("works on spaces with branches, lists and numbers, and tells the model of broken conditions", async () => {
    const schema = s.object({
      layers: s.repeat(s.oneOf({ conv: s.object({ kernel: s.oneOf([1, 3]) }), pool: s.object({}) }), {
        min: 1,
        max: 3,
      }),
      width: s.int({ min: 8, max: 64, step: 8 }).describe("channels"),
    });
    const { language, requests } = speak(byCoordinates);
    const { proposals } = await simulateSearch(genius, schema, { trials: 5, seed: 1, tools: { language } });
    for (const { genotype } of proposals) expect(isIssue(validate(schema, genotype))).toBe(false);
    expect(requests()[0]?.body.messages[1]?.content).toContain("width  integer 8..64 step 8  (channels)");
  });

  it("needs a language model, and says how to give one", () => {
    try {
      genius.searcher({}, { seed: 0 });
      expect.unreachable();
    } catch (error) {
      expect(error instanceof MorphError && error.exitCode).toBe(ExitCode.usage);
      expect(String(error)).toContain("--endpoint");
      expect(String(error)).toContain("--model");
    }
  });
});

describe("genius on NAS-Bench-201", () => {
  /** The model's rule without any model: what the search must come to. */
  function direct(lookup: Lookup, seed: number, queries: number) {
    const architecture = withoutHeader(toJsonSchema(nb201.schema));
    const rounds: Round[] = [];
    const seen: number[] = [];
    for (let trial = 0; trial < queries; trial++) {
      const next = nextByCoordinates(rounds, architecture, seedOf(seed, trial));
      const index = nb201Benchmark.indexOf(next);
      const figure = lookup.search[index] ?? Number.NaN;
      seen.push(figure);
      rounds.push({ architecture: next, figure: Math.round(figure * 1000) / 1000 });
    }
    return Math.max(...seen);
  }

  async function compare(lookup: Lookup): Promise<void> {
    for (let seed = 0; seed < 20; seed++) {
      const { language, requests } = speak(byCoordinates);
      await using searcher = genius.searcher({}, { seed, language });
      const run = await runBenchmark(nb201Benchmark, lookup, searcher, seed, { queries: 10 });
      expect(run.bestSearch).toBe(direct(lookup, seed, 10));
      expect(run.queries).toBe(10);
      expect(requests()).toHaveLength(10);
    }
  }

  it("plays the model's rule from 20 starting points, a query a round", async () => {
    const keys = Array.from({ length: 15_625 }, (_, i) => i.toString(5).padStart(6, "0"));
    const column = Float64Array.from(keys, (_, i) => (i * 7919) % 15_625);
    const columns = new Map([
      ["cifar10_val", column],
      ["cifar10_test", column],
    ]);
    await compare(bindTable(nb201Benchmark, { keys, columns }, nb201Benchmark.views[0]));
  });

  it.skipIf(!existsSync(TABLE))("does so on the real table (skipped without the table)", async () => {
    await compare(bindTable(nb201Benchmark, await openTable(TABLE), nb201Benchmark.views[0]));
  });

  it("reads digits and strings of all 15,625 cells alike", () => {
    for (let i = 0; i < 15_625; i++) {
      const digits = i.toString(5).padStart(6, "0");
      const [a, b, c, d, e, f] = [...digits].map((it) => NB201_OPERATORS[Number(it)] ?? "none");
      const text = `|${a}~0|+|${b}~0|${c}~1|+|${d}~0|${e}~1|${f}~2|`;
      expect(nb201Benchmark.indexOfKey(digits)).toBe(i);
      const cell = nb201FromString(text);
      if (isIssue(cell)) throw new Error(text);
      expect(nb201ToString(cell)).toBe(text);
      expect(nb201Benchmark.indexOf(cell)).toBe(i);
    }
  });
});

function withoutHeader({ $schema: _, ...rest }: { readonly [key: string]: Json }): {
  readonly [key: string]: Json;
} {
  return rest;
}
