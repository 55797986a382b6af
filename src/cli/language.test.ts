/** Searches that talk to a language model, as users run them: the real binary, a real server, real trainings. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languageOf, readStudy, readTranscript, type SearchDocument } from "../study/index.js";
import { byCoordinates, roundsOf } from "../testing/language-policies.js";
import { type LanguageServer, type Policy, startLanguageServer } from "../testing/language-server.node.js";
import { runMorph } from "../testing/run-morph.node.js";
import type { Options } from "./command.js";
import { accessOf } from "./language-options.js";

/** Searches are trainings in processes of their own: on a busy machine they take their time. */
const SLOW_MS = 180_000;
const KEY = "sk-test-00112233445566";
const folder = mkdtempSync(join(tmpdir(), "morph-language-"));
let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer(byCoordinates);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const env = { MORPH_API_KEY: KEY, OPENAI_API_KEY: undefined };
const morph = (...args: string[]) => runMorph(args, { cwd: folder, env });
const SMALL = [
  "--data",
  "penguins",
  "--space",
  "tabular-mlp",
  "--seed",
  "3",
  "--epochs",
  "1",
  "--final-epochs",
  "1",
];
const search = (study: string, ...args: string[]) =>
  morph("search", ...SMALL, "--study", study, "--json", ...args);
const access = (): string[] => ["--endpoint", server.url, "--model", "known"];

/** Requests to the server while something runs. */
async function during<T>(
  policy: Policy,
  work: () => Promise<T>,
): Promise<{ result: T; requests: typeof server.received }> {
  const began = server.received.length;
  server.policy = (request, before) => policy(request, before - began);
  const result = await work();
  return { result, requests: server.received.slice(began) };
}

const DIR = join(folder, ".morph");
const documentOf = (stdout: string) => JSON.parse(stdout) as SearchDocument;
const trialsOf = ({ trials }: SearchDocument) =>
  trials.map(({ genotype, origin, hash, valAccuracy }) => ({
    ...{ genotype, origin, hash, valAccuracy },
  }));

describe("morph search --strategy genius", () => {
  it(
    "lets the model propose, keeps the whole conversation, and never the key",
    async () => {
      const { result, requests } = await during(byCoordinates, () =>
        search("one", "--strategy", "genius", "--trials", "3", "--max-params", "20k", ...access()),
      );
      expect(result.code, result.stderr).toBe(0);
      const document = documentOf(result.stdout);
      expect(document.trials).toHaveLength(3);
      expect(document.language).toEqual({ model: "known", endpoint: server.url });
      expect(document.workers).toBe(1);
      for (const { params } of document.trials) expect(params).toBeLessThanOrEqual(20_000);
      const last = requests.at(-1)?.body;
      expect(last && roundsOf(last).length).toBe(2);
      expect(last?.messages[1]?.content).toContain("at most 20000 parameters");
      expect(last?.messages[1]?.content).toContain("validation accuracy in %");
      expect(requests.every(({ authorization }) => authorization === `Bearer ${KEY}`)).toBe(true);
      const figures = last ? roundsOf(last).map(({ figure }) => figure) : [];
      for (const [i, figure] of figures.entries())
        expect(figure).toBeCloseTo(100 * (document.trials[i]?.curve[0]?.valAccuracy ?? 0), 2);

      const shown = await morph("show", "one", "--transcript");
      const lines = shown.stdout.trim().split("\n");
      expect(lines).toHaveLength(requests.length);
      expect(JSON.parse(lines[0] ?? "").question.key).toBe("trial 0/design/0");
      const ofOne = await readTranscript("one", { dir: DIR, trial: 2 });
      expect(ofOne.length).toBeGreaterThan(0);
      expect(ofOne.every(({ question }) => question.key.startsWith("trial 2/design/"))).toBe(true);
      for (const file of ["study.db", "study.db-wal"]) {
        const bytes = readFileSync(join(folder, ".morph", file), { encoding: "latin1" });
        expect(bytes.includes(KEY)).toBe(false);
      }
      writeFileSync(join(folder, "t.jsonl"), shown.stdout);
    },
    SLOW_MS,
  );

  it(
    "replays the transcript without a request: the same trials",
    async () => {
      const first = await readStudy("one", { dir: DIR });
      const { result, requests } = await during(byCoordinates, () =>
        search(
          "two",
          "--strategy",
          "genius",
          "--trials",
          "3",
          "--max-params",
          "20k",
          "--transcript",
          "t.jsonl",
        ),
      );
      expect(result.code, result.stderr).toBe(0);
      expect(requests).toHaveLength(0);
      expect(trialsOf(documentOf(result.stdout))).toEqual(trialsOf(first));
    },
    SLOW_MS,
  );

  it(
    "is resumed where the endpoint failed, as if it never had, and pays for nothing twice",
    async () => {
      const args = ["--strategy", "genius", "--trials", "3", "--max-params", "20k", ...access()];
      const failing: Policy = (request, before) =>
        before < 2 ? byCoordinates(request, before) : { kind: "status", status: 401, body: "{}" };
      const broken = await during(failing, () => search("four", ...args));
      expect(broken.result.code).toBe(1);
      expect(broken.result.stderr).toContain("language_unauthorized");
      expect(broken.requests).toHaveLength(3);
      const resumed = await during(byCoordinates, () => morph("resume", "four", "--json"));
      expect(resumed.result.code, resumed.result.stderr).toBe(0);
      const whole = await readStudy("one", { dir: DIR });
      expect(trialsOf(documentOf(resumed.result.stdout))).toEqual(trialsOf(whole));
      const paid = await readTranscript("one", { dir: DIR });
      expect(broken.requests.length - 1 + resumed.requests.length).toBe(paid.length);
    },
    SLOW_MS,
  );

  it(
    "ends with what it has at a ceiling, and goes on under a higher one",
    async () => {
      const args = ["--strategy", "genius", "--trials", "30", "--max-tokens", "7000", ...access()];
      const { result, requests } = await during(byCoordinates, () => search("five", ...args));
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toContain("language_budget at --max-tokens");
      const before = trialsOf(documentOf(result.stdout)).length;
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(30);
      expect(requests.length).toBeGreaterThanOrEqual(before);
      const more = await during(byCoordinates, () =>
        morph("resume", "five", "--max-tokens", "10000", "--json"),
      );
      expect(more.result.code, more.result.stderr).toBe(0);
      expect(trialsOf(documentOf(more.result.stdout)).length).toBeGreaterThan(before);
    },
    SLOW_MS,
  );

  it(
    "says what is missing: a usage error with cause and cure, and nothing begun",
    async () => {
      const run = await search("never", "--strategy", "genius");
      expect(run.code).toBe(2);
      expect(run.stderr).toMatch(
        /strategy_needs at genius: expected a language model.*--endpoint URL.*--model NAME/,
      );
      const cases: readonly (readonly [Options, RegExp])[] = [
        [{ endpoint: server.url }, /--model NAME/],
        [{ model: "m" }, /--model: expected --endpoint URL/],
        [{ maxTokens: 5 }, /--max-tokens: expected --endpoint URL/],
        [{ endpoint: "nowhere", model: "m" }, /language_settings at endpoint/],
        [{ endpoint: server.url, model: "m", maxCost: 1 }, /--prices/],
        [{ endpoint: server.url, model: "m", maxTokens: -1 }, /maxTokens/],
      ];
      for (const [options, text] of cases) {
        const begun = accessOf(options, { env }).then((it) => it && languageOf(it));
        await expect(begun).rejects.toThrow(text);
        await expect(begun).rejects.toMatchObject({ exitCode: 2 });
      }
      expect(await accessOf({}, { env })).toBeUndefined();
      expect(await accessOf({ endpoint: server.url, model: "m", prices: "0.1,0.5" }, { env })).toMatchObject({
        apiKey: KEY,
        prices: { input: 0.1, output: 0.5 },
      });
    },
    SLOW_MS,
  );

  it(
    "says that an endpoint is not there, and can be resumed with another",
    async () => {
      const closed = await startLanguageServer(byCoordinates);
      await closed[Symbol.asyncDispose]();
      const unreachable = await search(
        ...(["six", "--strategy", "genius", "--endpoint", closed.url, "--model", "m"] as const),
        ...["--trials", "1", "--retries", "0"],
      );
      expect(unreachable.code).toBe(1);
      expect(unreachable.stderr).toContain("language_unreachable");
      const { result } = await during(byCoordinates, () =>
        morph("resume", "six", "--endpoint", server.url, "--json"),
      );
      expect(result.code, result.stderr).toBe(0);
      expect(documentOf(result.stdout).trials.map(({ origin }) => origin)).toEqual(["genius"]);
    },
    SLOW_MS,
  );
});

describe("morph search --strategy asi-arch", () => {
  it(
    "goes on without an endpoint by its grammar, and says so in the document too",
    async () => {
      const run = await morph(
        ...["search", ...SMALL, "--study", "asi", "--strategy", "asi-arch", "--trials", "7", "--json"],
        ...["--option", "roots=2,start=2,update=1"],
      );
      expect(run.code, run.stderr).toBe(0);
      expect(run.stderr).toContain("a typed mutation grammar proposes");
      const document = documentOf(run.stdout);
      expect(document.strategy.notice).toContain("no language model");
      expect(document.trials.slice(2).map(({ origin }) => origin)).toEqual(Array(5).fill("grammar"));
      expect(document.trials.at(-1)?.notes).toMatchObject({
        by: "grammar",
        motivation: expect.stringContaining("By the grammar"),
        checks: { causality: "not applicable", costs: expect.stringContaining("parameters") },
      });
    },
    SLOW_MS,
  );
});

describe("morph bench nb201 --strategy genius", () => {
  it(
    "plays the benchmark with the model, records, and replays without it",
    async () => {
      const rows = Array.from({ length: 15_625 }, (_, i) => {
        const digits = i.toString(5).padStart(6, "0");
        return `${digits},${(i * 7919) % 15_625},${i}`;
      });
      writeFileSync(join(folder, "table.csv"), ["arch,cifar10_val,cifar10_test", ...rows, ""].join("\n"));
      const bench = (...args: string[]) =>
        morph(
          "bench",
          "nb201",
          "--table",
          "table.csv",
          "-s",
          "genius",
          "-n",
          "10",
          "-r",
          "2",
          "--json",
          ...args,
        );
      const live = await during(byCoordinates, () => bench(...access(), "--record", "bench.jsonl"));
      expect(live.result.code, live.result.stderr).toBe(0);
      expect(live.requests).toHaveLength(20);
      const replay = await during(byCoordinates, () => bench("--transcript", "bench.jsonl"));
      expect(replay.result.code, replay.result.stderr).toBe(0);
      expect(replay.requests).toHaveLength(0);
      const [a, b] = [live, replay].map(({ result }) => JSON.parse(result.stdout));
      expect(b.runs).toEqual(a.runs);
      expect(a.runs[0].queries).toBe(10);
      expect(a.language).toMatchObject({ model: "known", inputTokens: expect.any(Number) });
      const cut = await during(byCoordinates, () => bench(...access(), "--max-tokens", "20000"));
      expect(cut.result.code, cut.result.stderr).toBe(0);
      expect(cut.requests.length).toBeLessThan(20);
    },
    SLOW_MS,
  );
});
