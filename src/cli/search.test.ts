/** Searches as users run them: real data, real workers, real signals. Small tables keep them short. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TabularGenotype, tabular } from "../spaces/index.js";
import type { SearchDocument } from "../study/index.js";
import { type MorphRun, runMorph, startMorph } from "../testing/run-morph.node.js";

const folder = mkdtempSync(join(tmpdir(), "morph-search-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const morph = (...args: string[]) => runMorph(args, { cwd: folder });

function documentOf(run: MorphRun): SearchDocument {
  return JSON.parse(run.stdout);
}

/** Starts a search that has more to do than any test waits for; `begun` is settled once a trial has a score. */
function longSearch(study: string) {
  const args = [
    "search",
    "--data",
    "penguins",
    "--trials",
    "300",
    "--study",
    study,
    "--workers",
    "1",
    "--seed",
    "5",
  ];
  const child = startMorph(args, { cwd: folder });
  let stderr = "";
  const begun = new Promise<void>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (/^best /m.test(stderr)) resolve();
    });
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, begun, ended, stderr: () => stderr };
}

/** Process numbers of a process's children; none where the system does not tell (all but Linux). */
function childrenOf(pid: number): string[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").split(" ").filter(Boolean) : [];
}

describe("morph search --start", () => {
  it("tries named points of the space first, and says which names there are", async () => {
    // In a folder of its own: what is listed below are the studies of the usual one.
    const args = ["search", "--data", "penguins", "--space", "tabular", "--trials", "2", "--workers", "1"];
    args.push("--dir", "named");
    const training = ["--epochs", "1", "--final-epochs", "1"];
    const run = await morph(
      ...args,
      ...training,
      "--start",
      "trees,perceptron",
      "--study",
      "known",
      "--json",
    );
    expect(run.code, run.stderr).toBe(0);
    const { trials } = documentOf(run);
    expect(trials.map(({ genotype }) => (genotype as TabularGenotype).model.op)).toEqual(["trees", "mlp"]);
    expect(trials.map(({ genotype }) => genotype)).toEqual([tabular.seeds?.trees, tabular.seeds?.perceptron]);
    const typo = await morph(...args, "--start", "tree");
    expect(typo.code).toBe(2);
    expect(typo.stderr).toMatch(/unknown_seed.*perceptron, trees.*did you mean trees/i);
    const none = await morph("search", "--data", "penguins", "--start", "trees", "--space", "tabular-mlp");
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/unknown_seed.*which has none/i);
  });
});

describe("morph search", () => {
  let run: MorphRun;
  beforeAll(async () => {
    run = await morph(
      ...["search", "--data", "penguins", "--trials", "4", "--study", "birds"],
      ...["--max-params", "5k", "--max-latency", "50ms", "--json"],
    );
  });

  it("prints morph.search/1 on stdout and progress on stderr", () => {
    expect(run.code, run.stderr).toBe(0);
    const document = documentOf(run);
    expect(document).toMatchObject({
      schema: "morph.search/1",
      study: "birds",
      state: "finished",
      metric: "accuracy",
    });
    expect(document.limits).toEqual({ params: 5000, latencyMs: 50 });
    expect(document.trials.map(({ number }) => number).sort()).toEqual([0, 1, 2, 3]);
    for (const trial of document.trials) expect(trial.params).toBeLessThanOrEqual(5000);
    expect(document.best?.testAccuracy).toBeGreaterThan(0.7);
    for (const key of ["onnx", "card", "report"] as const)
      expect(existsSync(document.best?.[key] ?? "")).toBe(true);
    expect(run.stderr).toMatch(/^study birds: 4 trials, /m);
    expect(run.stderr).toMatch(/^best accuracy \d/m);
    expect(run.stderr).not.toContain("\u001b");
  });

  it("is listed, shown, reported, and its winner comes in a file", async () => {
    const list = JSON.parse((await morph("list", "--json")).stdout);
    expect(list).toMatchObject({
      schema: "morph.list/1",
      studies: [{ name: "birds", state: "finished", trials: 4 }],
    });
    expect((await morph("list")).stdout).toMatch(/^birds\s+finished\s+4\s/m);

    expect(JSON.parse((await morph("show", "birds", "--json")).stdout)).toEqual(documentOf(run));
    const page = await morph("show");
    expect(page.stdout).toContain("Parameters");
    expect(page.stdout).toMatch(/^trial\s+accuracy\s+params/m);

    const best = await morph("best", "birds", "--out", "birds.onnx", "--json");
    const { number, testAccuracy, onnx } = JSON.parse(best.stdout);
    expect({ number, testAccuracy }).toEqual({
      number: documentOf(run).best?.number,
      testAccuracy: documentOf(run).best?.testAccuracy,
    });
    expect(readFileSync(onnx).equals(readFileSync(documentOf(run).best?.onnx ?? ""))).toBe(true);

    const report = await morph("report", "--out", "birds.html");
    expect(report.stdout).toBe(`${join(folder, "birds.html")}\n`);
    expect(readFileSync(join(folder, "birds.html"), "utf8")).toContain("birds");

    const inspected = await morph("inspect", "birds.onnx", "--json", "--runs", "2");
    expect(JSON.parse(inspected.stdout).operators).toHaveProperty("Gemm");
  });

  it("ends a finished study at once when it is resumed", async () => {
    const again = await morph("resume", "birds", "--json");
    expect(again.code, again.stderr).toBe(0);
    expect(documentOf(again).trials).toHaveLength(4);
  });

  it("refuses what cannot be searched, in one line", async () => {
    writeFileSync(join(folder, "one-class.csv"), `size,kind\n${"1,a\n2,a\n3,a\n".repeat(20)}`);
    for (const [args, code, part] of [
      [["--space", "mobil-cnn"], 2, "Did you mean mobile-cnn?"],
      [["--strategy", "ranom"], 2, "Did you mean random?"],
      [["--data", "penguins", "--space", "mobile-cnn"], 2, "mobile-cnn"],
      [["--data", "./nowhere"], 2, "nowhere"],
      [["--data", "one-class.csv", "--target", "kind"], 1, "kind"],
      [["--data", "one-class.csv", "--target", "knid"], 2, "kind"],
      [["--data", "penguins", "--study", "birds"], 1, "birds"],
    ] as const) {
      const refused = await morph("search", "--trials", "2", ...args);
      expect(refused.stderr).toMatch(/^error: [^\n]+\n$/);
      expect(refused.stderr).toContain(part);
      expect([1, 2]).toContain(refused.code);
      if (code === 2) expect(refused.code, refused.stderr).toBe(2);
      expect(refused.stdout).toBe("");
    }
  });

  it("ends with 3 where nothing is feasible, names the limit and what to relax, and still has a document", async () => {
    const refused = await morph(
      "search",
      "--data",
      "penguins",
      "--trials",
      "2",
      "--max-params",
      "3",
      "--json",
    );
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /^error: nothing_feasible at --max-params 3: .*Raise --max-params to at least \d+/m,
    );
    const document = documentOf(refused);
    expect(document.best).toBeNull();
    expect(document.rejected.count).toBeGreaterThan(0);
    expect(document.rejected.smallest?.params).toBeGreaterThan(3);
  });
});

describe("a search that is interrupted", () => {
  it("stops at Ctrl-C with 130, keeps what is done, and goes on", async () => {
    const { child, begun, ended, stderr } = longSearch("stopped");
    await begun;
    const asked = performance.now();
    child.kill("SIGINT");
    expect(await ended, stderr()).toBe(130);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(stderr()).toContain("stopping: what is finished is kept");
    expect(stderr()).toMatch(
      /interrupted: \d+ (trial is|trials are) kept\. morph resume stopped goes on\.\n$/,
    );

    const shown: SearchDocument = JSON.parse((await morph("show", "stopped", "--json")).stdout);
    expect(shown.state).toBe("interrupted");
    const ran = shown.trials.filter(({ valAccuracy }) => valAccuracy !== null).length;
    expect(ran).toBeGreaterThan(0);
    const best = await morph("best", "stopped", "--json");
    expect(JSON.parse(best.stdout)).toMatchObject({ state: "interrupted", testAccuracy: null, onnx: null });

    const resumed = await morph("resume", "stopped", "--trials", String(ran + 2), "--json");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(documentOf(resumed)).toMatchObject({ state: "finished" });
    expect(documentOf(resumed).provenance.sessions).toBe(2);
  });

  it("lets nobody else search the same study, and gives its best meanwhile", async () => {
    const { child, begun, ended } = longSearch("shared");
    await begun;
    const second = await morph("resume", "shared");
    expect(second.code).not.toBe(0);
    expect(second.stderr).toMatch(/^error: study_in_use[^\n]+\n$/);

    const best = await morph("best", "shared", "--out", "meanwhile.onnx", "--json");
    expect(best.code, best.stderr).toBe(0);
    expect(JSON.parse(best.stdout)).toMatchObject({ state: "running" });
    expect((await morph("inspect", "meanwhile.onnx", "--runs", "1")).code).toBe(0);

    child.kill("SIGTERM");
    expect(await ended).toBe(130);
  });

  it("is resumed after kill -9, and no worker is left behind", async () => {
    const { child, begun, ended } = longSearch("killed");
    await begun;
    // Into the middle of some later trial.
    await new Promise((resolve) => setTimeout(resolve, 700));
    const workers = childrenOf(child.pid ?? 0);
    child.kill("SIGKILL");
    await ended;
    await expect
      .poll(() => workers.filter((pid) => existsSync(`/proc/${pid}/exe`)), { timeout: 10_000 })
      .toEqual([]);
    const shown: SearchDocument = JSON.parse((await morph("show", "killed", "--json")).stdout);
    const ran = shown.trials.filter(({ valAccuracy }) => valAccuracy !== null);
    const resumed = await morph("resume", "killed", "--trials", String(shown.trials.length + 1), "--json");
    expect(resumed.code, resumed.stderr).toBe(0);
    const after = documentOf(resumed).trials;
    expect(new Set(after.map(({ number }) => number)).size).toBe(after.length);
    for (const { number, hash } of ran) expect(after.find((it) => it.number === number)?.hash).toBe(hash);
    expect(readdirSync(join(folder, ".morph", "killed"))).toContain("best.onnx");
  });
});
