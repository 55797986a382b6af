import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openDataset } from "../data/index.js";
import { SCHEDULE_NAMES } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import { runMorph, startMorph } from "../testing/run-morph.node.js";
import { evaluateWith } from "../train/index.js";
import { listArchitectures } from "../zoo/index.js";
import { SCHEDULES } from "./train.js";

const folder = mkdtempSync(join(tmpdir(), "morph-train-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const morph = (...args: string[]) => runMorph(args, { cwd: folder });

describe("morph train", () => {
  it("lists the architectures with their settings", async () => {
    const { code, stdout } = await morph("train");
    expect(code).toBe(0);
    for (const { name } of listArchitectures()) expect(stdout).toMatch(new RegExp(`^${name} `, "m"));
    const json = JSON.parse((await morph("train", "--json")).stdout);
    expect(json.schema).toBe("morph.architectures/1");
    expect(json.architectures).toHaveLength(listArchitectures().length);
  });

  it("trains, exports, and reports what the exported file scores", async () => {
    const args = [
      "train",
      "mlp",
      "--data",
      "penguins",
      "--epochs",
      "12",
      "--set",
      "width=16,layers=1",
      "--seed",
      "4",
    ];
    const run = await morph(...args, "--out", "first.onnx", "--json");
    expect(run.code, run.stderr).toBe(0);
    const document = JSON.parse(run.stdout);
    expect(document).toMatchObject({
      schema: "morph.train/1",
      architecture: "mlp",
      metric: "accuracy",
      epochs: 12,
    });
    expect(document.settings).toMatchObject({ width: 16, layers: 1 });
    expect(document.curve).toHaveLength(12);
    expect(document.valAccuracy).toBe(document.curve[11].valAccuracy);
    expect(document.testAccuracy).toBeGreaterThan(0.8);
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(12);

    await using data = await openDataset("penguins");
    await using session = await ortNode.load(readFileSync(join(folder, "first.onnx")));
    const output = session.outputNames[0] ?? "";
    expect((await evaluateWith(session, data, data.splits.test, { output })).score).toBe(
      document.testAccuracy,
    );

    const again = await morph(...args, "--out", "second.onnx", "--json", "--quiet");
    expect(again.stderr).toBe("");
    expect(readFileSync(join(folder, "second.onnx")).equals(readFileSync(join(folder, "first.onnx")))).toBe(
      true,
    );
  });

  it("takes other optimizers, schedules and a teacher, and stops when nothing gets better", async () => {
    const run = await morph(
      ...["train", "linear", "--data", "penguins", "--epochs", "40", "--patience", "3", "--seed", "4"],
      ...["--optimizer", "sam:rho=0.02+adamw:beta2=0.95", "--schedule", "one-cycle", "--ema", "0.9"],
      ...["--accumulate", "2", "--batch-size", "16", "--layer-decay", "0.9", "--label-smoothing", "0"],
      ...[
        "--teacher",
        "first.onnx",
        "--temperature",
        "2",
        "--teacher-weight",
        "0.5",
        "--out",
        "taught.onnx",
        "--json",
      ],
    );
    expect(run.code, run.stderr).toBe(0);
    const document = JSON.parse(run.stdout);
    expect(document).toMatchObject({ teacher: "first.onnx", epochs: 40 });
    expect(document.recipe).toMatchObject({
      optimizer: "ema:decay=0.9+sam:rho=0.02+adamw:beta2=0.95",
      schedule: "one-cycle",
    });
    const scores: number[] = document.curve.map((point: { valAccuracy: number }) => point.valAccuracy);
    expect(document.exportedEpoch).toBe(scores.indexOf(Math.max(...scores)) + 1);
    expect(document.valAccuracy).toBe(Math.max(...scores));
    expect(scores.length).toBe(Math.min(40, document.exportedEpoch + 3));
    expect(document.testAccuracy).toBeGreaterThan(0.7);
    expect(document.preparation.sessionMs).toBeGreaterThan(0);
  });

  it("names in its help the schedules that there are", () => {
    expect(SCHEDULES.split(", ")).toEqual([...SCHEDULE_NAMES]);
  });

  it("refuses ways to train that cannot be, as usage errors, before it reads any data", async () => {
    for (const [args, part] of [
      [["mlp", "--optimizer", "adamm"], "Did you mean adam"],
      [["mlp", "--optimizer", "adamw:beta1=2"], "optimizer_option at adamw.beta1"],
      [["mlp", "--schedule", "cosin"], "Did you mean cosine?"],
      [["mlp", "--ema", "1.5"], "optimizer_option at ema.decay"],
      [["mlp", "--temperature", "3"], "option_misplaced at --temperature"],
      [["mlp", "--label-smoothing", "1"], "bad_value at --label-smoothing"],
    ] as const) {
      const run = await morph("train", ...args);
      expect(run.stderr).toMatch(/^error: [^\n]+\n$/);
      expect(run.stderr).toContain(part);
      expect(run.code, run.stderr).toBe(2);
    }
  });

  it("refuses what does not go together, as usage errors", async () => {
    for (const [args, part] of [
      [["resnet8", "--data", "penguins"], "expected images, received a table"],
      [["mpl"], "Did you mean mlp?"],
      [["mlp", "--set", "widht=3"], "Did you mean width?"],
      [["mlp", "--set", "width"], "bad_value at --set"],
      [["mlp", "--set", "width=wide"], "width"],
      [["mlp", "--learning-rate", "-1"], "bad_value at --learning-rate"],
      [["mlp", "--data", "penguins", "--epochs", "0"], "bad_value at --epochs"],
    ] as const) {
      const run = await morph("train", ...args);
      expect(run.stderr).toMatch(/^error: [^\n]+\n$/);
      expect(run.stderr).toContain(part);
      expect(run.code, run.stderr).toBe(2);
    }
  });

  it("stops at Ctrl-C with 130 and leaves no half-written file", async () => {
    const child = startMorph(["train", "lenet5", "--epochs", "5000", "--out", "never.onnx"], { cwd: folder });
    let stderr = "";
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    let asked = 0;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (asked === 0 && stderr.includes("epoch")) {
        asked = performance.now();
        child.kill("SIGINT");
      }
    });
    expect(await ended).toBe(130);
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(stderr).toContain("stopping");
    expect(stderr.trimEnd().endsWith("interrupted")).toBe(true);
    expect(existsSync(join(folder, "never.onnx"))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes("never"))).toEqual([]);
  });

  it("trains a file further, from where it was", async () => {
    const first = await morph(
      "train",
      "mlp",
      "--data",
      "penguins",
      "--epochs",
      "12",
      "--out",
      "base.onnx",
      "--json",
    );
    expect(first.code, first.stderr).toBe(0);
    const run = await morph("train", "base.onnx", "--data", "penguins", "--epochs", "1", "--json");
    expect(run.code, run.stderr).toBe(0);
    const [before, after] = [JSON.parse(first.stdout), JSON.parse(run.stdout)];
    expect(after).toMatchObject({ architecture: "base.onnx", onnx: "base-trained.onnx", epochs: 1 });
    expect(after.valAccuracy).toBeGreaterThan(before.valAccuracy - 0.1);
    expect(existsSync(join(folder, "base-trained.onnx"))).toBe(true);
  });

  it("refuses a file that is not a network, and settings for a file, in one line", async () => {
    writeFileSync(join(folder, "broken.onnx"), "not a model");
    const broken = await morph("train", "broken.onnx", "--data", "penguins");
    expect(broken.code).toBe(1);
    expect(broken.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect((await morph("train", "base.onnx", "--set", "width=8")).code).toBe(2);
  });
});
