/**
 * A search that is killed with kill -9, its workers too, at several moments, and resumed each time, gives what an
 * uninterrupted one gives: the same trials with the same scores and curves, the same winner, the same bytes.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rngOf, sha256Hex } from "../src/base/index.js";
import { openStore, type StudyEvent } from "../src/store/index.js";
import type { SearchDocument } from "../src/study/index.js";
import { childrenOf } from "../src/testing/children.node.js";
import { runMorph, startMorph } from "../src/testing/run-morph.node.js";

const TRIALS = 50;
const STUDY = "birds";
const root = mkdtempSync(join(tmpdir(), "morph-resume-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function searchArgs(dir: string, trials: number): string[] {
  return [
    ...["search", "--data", "penguins", "--seed", "9", "--study", STUDY, "--workers", "1", "--json"],
    ...["--epochs", "1,2,4", "--final-epochs", "8", "--trials", String(trials), "--dir", dir],
    // Small networks train fast; and what is refused must be counted once, too.
    ...["--max-params", "3k"],
  ];
}

async function finished(args: readonly string[]): Promise<SearchDocument> {
  const { code, stdout, stderr } = await runMorph(args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** All events of the study, read as another process would. */
async function eventsOf(dir: string): Promise<StudyEvent[]> {
  await using store = await openStore(dir, { create: false });
  const events: StudyEvent[] = [];
  for await (const { event } of store.read(STUDY)) events.push(event);
  return events;
}

/** What must not depend on interruptions: everything but times and latencies. */
function essence({ trials, best, rejected, feasibleShare, baselines, limits }: SearchDocument) {
  return {
    trials: trials.map(({ seconds: _, latencyMs: __, spans, ...rest }) => ({
      ...rest,
      rungs: spans.map(({ rung, worker }) => ({ rung, worker })),
    })),
    best: best && {
      ...{ number: best.number, genotype: best.genotype, curve: best.curve, epochs: best.epochs },
      ...{ valAccuracy: best.valAccuracy, testAccuracy: best.testAccuracy, confusion: best.confusion },
      ...{ params: best.params, macs: best.macs, weightBytes: best.weightBytes },
      bytes: sha256Hex(readFileSync(best.onnx)),
    },
    ...{ rejected: rejected.count, feasibleShare, baselines, limits },
  };
}

/** One session: it is killed at a moment, or so is its worker, or it comes to its end. */
interface Moment {
  /** A line of progress to wait for. */
  readonly after: RegExp;
  /** And so long after it. */
  readonly ms: number;
  readonly kill: "search" | "worker, then search";
}

/** Returns false where the search came to its end before. */
async function killAt(args: readonly string[], { after, ms, kill }: Moment): Promise<boolean> {
  const child = startMorph(args);
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let stderr = "";
  const reached = new Promise<void>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (after.test(stderr)) resolve();
    });
  });
  await Promise.race([ended, reached]);
  await sleep(ms);
  if (kill === "worker, then search") {
    for (const pid of childrenOf(child.pid ?? -1)) process.kill(pid, "SIGKILL");
    await sleep(1200);
  }
  const killed = child.kill("SIGKILL");
  await ended;
  return killed && child.signalCode === "SIGKILL";
}

describe("a search that is killed and resumed", () => {
  const whole = join(root, "whole");
  const cut = join(root, "cut");
  let expected: SearchDocument;
  beforeAll(async () => {
    expected = await finished(searchArgs(whole, TRIALS));
  }, 300_000);

  it("equals an uninterrupted one bit for bit at one worker", { timeout: 600_000 }, async () => {
    const rng = rngOf(2026, "moments");
    const resume = ["resume", STUDY, "--dir", cut, "--json"];
    const soon = (ms: number) => Math.round(ms * rng.float());
    const moments: Moment[] = [
      { after: /^study/m, ms: soon(2500), kill: "search" },
      { after: /^study/m, ms: 300 + soon(2500), kill: "worker, then search" },
      { after: /^study/m, ms: soon(300), kill: "search" },
      { after: /^study/m, ms: 500 + soon(3000), kill: "search" },
      { after: /^study/m, ms: 300 + soon(1000), kill: "worker, then search" },
      { after: /^training/m, ms: soon(300), kill: "worker, then search" },
      { after: /^training/m, ms: soon(500), kill: "search" },
      { after: /^training/m, ms: 200 + soon(1000), kill: "search" },
    ];
    let kept: { trial: number; rung: number; score?: number }[] = [];
    let kills = 0;
    let had = false;
    for (const moment of moments) {
      const killed = await killAt(kills === 0 ? searchArgs(cut, TRIALS) : resume, moment);
      if (!killed) break;
      kills++;
      // No finished trial is lost, none is counted twice.
      const events = await eventsOf(cut);
      const told = events.flatMap((it) =>
        it.kind === "told" ? [{ trial: it.trial, rung: it.rung, score: it.score }] : [],
      );
      expect(told.slice(0, kept.length)).toEqual(kept);
      expect(new Set(told.map(({ trial, rung }) => `${trial}/${rung}`)).size).toBe(told.length);
      const asked = events.flatMap((it) => (it.kind === "asked" ? [it.trial] : []));
      expect(asked).toEqual(asked.map((_, i) => i));
      kept = told;
      // The best so far can be had from what the dead process left.
      if (kills >= 2 && told.length > 0 && !had) {
        had = true;
        const out = join(root, "between.onnx");
        const best = await runMorph(["best", STUDY, "--dir", cut, "--out", out, "--json"]);
        expect(best.code, best.stderr).toBe(0);
        expect(JSON.parse(best.stdout)).toMatchObject({ state: "interrupted", onnx: out });
      }
    }
    expect(kills).toBeGreaterThanOrEqual(5);
    expect(had).toBe(true);
    const document = await finished(resume);
    expect(essence(document)).toEqual(essence(expected));
    expect(document.provenance.sessions).toBeGreaterThan(5);
    // Nothing half written is left.
    const files = readdirSync(join(cut, STUDY), { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith(".part") || name.includes("candidate"))).toEqual([]);
  });

  it("goes on from 25 finished trials to 50 as if 50 had been asked for", { timeout: 300_000 }, async () => {
    const dir = join(root, "more");
    const first = await finished(searchArgs(dir, TRIALS / 2));
    expect(first.trials).toHaveLength(TRIALS / 2);
    const document = await finished([
      ...["resume", STUDY, "--trials", String(TRIALS), "--dir", dir, "--json"],
    ]);
    // The finalists of the first half have been trained further, and keep that; the search itself is the same.
    const searched = ({ trials }: SearchDocument) =>
      trials.map(({ number, genotype, hash, origin, parent, curve }) => ({
        ...{ number, genotype, hash, origin, parent },
        curve: curve.filter(({ epoch }) => epoch <= 4),
      }));
    expect(searched(document)).toEqual(searched(expected));
    expect(document.best?.valAccuracy).toBeGreaterThanOrEqual(expected.best?.valAccuracy ?? 1);
    expect(document.best?.valAccuracy).toBeGreaterThanOrEqual(first.best?.valAccuracy ?? 1);
  });
});
