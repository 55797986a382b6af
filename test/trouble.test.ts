/** Searches on data that changes, on time that is too short, on disks that are full, with files that are damaged. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rngOf } from "../src/base/index.js";
import type { SearchDocument } from "../src/study/index.js";
import { type MorphRun, runMorph, startMorph } from "../src/testing/run-morph.node.js";
import { smallDisk } from "../src/testing/small-disk.node.js";

const folder = mkdtempSync(join(tmpdir(), "morph-trouble-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const morph = (...args: string[]) => runMorph(args, { cwd: folder });
const QUICK = ["--workers", "1", "--epochs", "1,2", "--final-epochs", "2", "--json"];
const ONE_LINE = /^error: [^\n]+\n$/m;

function documentOf(run: MorphRun): SearchDocument {
  expect(run.code, run.stderr).toBe(0);
  return JSON.parse(run.stdout);
}

/** Starts a search and does something when a line of its progress comes; resolves when it has ended. */
async function during(args: readonly string[], line: RegExp, act: (pid: number) => void) {
  const child = startMorph(args, { cwd: folder });
  let stderr = "";
  let done = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (done || !line.test(stderr)) return;
    done = true;
    act(child.pid ?? -1);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stderr, acted: done };
}

/** All files below a folder. */
function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => it.name);
}

describe("data", () => {
  const table = (rows: number) => {
    const rng = rngOf(1, "rows");
    const lines = Array.from({ length: rows }, () => {
      const [x, y] = [rng.normal(), rng.normal()];
      return `${x.toFixed(3)},${y.toFixed(3)},${x + y > 0 ? "high" : "low"}`;
    });
    return `x,y,kind\n${lines.join("\n")}\n`;
  };
  const file = join(folder, "table.csv");

  it("that changed since the search began is refused, also where it is gone, and taken again once it is back", async () => {
    const before = table(200);
    writeFileSync(file, before);
    const args = ["search", "--data", file, "--target", "kind", "--study", "moved", ...QUICK];
    const { code, acted } = await during([...args, "--trials", "200"], /^best /m, (pid) =>
      process.kill(pid, "SIGINT"),
    );
    expect({ code, acted }).toEqual({ code: 130, acted: true });

    writeFileSync(file, table(201));
    const changed = await morph("resume", "moved", "--trials", "20");
    expect(changed.code).toBe(1);
    expect(changed.stderr).toMatch(ONE_LINE);
    expect(changed.stderr).toContain("data_changed");
    expect(changed.stderr).toContain("Restore the data, or begin a new study.");

    rmSync(file);
    const gone = await morph("resume", "moved", "--trials", "20");
    expect(gone.code).not.toBe(0);
    expect(gone.stderr).toMatch(ONE_LINE);
    expect(gone.stderr).toContain(file);

    writeFileSync(file, before);
    const back = documentOf(await morph("resume", "moved", "--trials", "20", "--json"));
    expect(back).toMatchObject({ state: "finished" });
    expect(back.trials.length).toBeGreaterThanOrEqual(20);
  });
});

describe("time", () => {
  it("that is too short for a first result ends with 4, says so, and can be given later", async () => {
    const args = ["search", "--data", "penguins", "--study", "hasty", "--time", "50ms", ...QUICK];
    const hasty = await morph(...args);
    expect(hasty.code, hasty.stderr).toBe(4);
    expect(hasty.stderr).toMatch(/^error: budget_spent: [^\n]*Give more --time[^\n]*\n$/m);
    const document: SearchDocument = JSON.parse(hasty.stdout);
    expect(document).toMatchObject({ state: "interrupted", best: null });
    const later = documentOf(await morph("resume", "hasty", "--time", "8s", "--json"));
    expect(later.state).toBe("finished");
    expect(later.best?.testAccuracy).toBeGreaterThan(0.5);
  });
});

describe("checkpoints", () => {
  it("that are damaged or gone are made again: nothing is lost, the result is the same", async () => {
    const search = (study: string) => [
      ...["search", "--data", "penguins", "--seed", "2", "--trials", "9", "--study", study, ...QUICK],
    ];
    const whole = documentOf(await morph(...search("whole")));
    let asked = 0;
    const cut = await during(search("cut"), /^best /m, (pid) => {
      asked = pid;
      setTimeout(() => process.kill(pid, "SIGKILL"), 700);
    });
    expect(asked).toBeGreaterThan(0);
    expect(cut.code).toBe(null);
    const checkpoints = join(folder, ".morph", "cut", "checkpoints");
    const names = readdirSync(checkpoints).filter((name) => name.endsWith(".ckpt"));
    expect(names.length).toBeGreaterThan(0);
    for (const [i, name] of names.entries()) {
      const path = join(checkpoints, name);
      if (i % 3 === 0) truncateSync(path, 100);
      else if (i % 3 === 1) rmSync(path);
      else writeFileSync(path, "no checkpoint at all");
    }
    const best = await morph("best", "cut", "--out", "cut.onnx");
    expect(best.code).toBe(1);
    expect(best.stderr).toMatch(ONE_LINE);
    expect(best.stderr).toMatch(/checkpoint_(corrupt|missing) at [^\n]*checkpoints/);

    const resumed = documentOf(await morph("resume", "cut", "--json"));
    const essence = ({ trials, best }: SearchDocument) => ({
      trials: trials.map(({ number, hash, valAccuracy, curve, state }) => ({
        ...{ number, hash, valAccuracy, curve, state },
      })),
      best: { number: best?.number, curve: best?.curve, test: best?.testAccuracy },
    });
    expect(essence(resumed)).toEqual(essence(whole));
  });
});

const disk = smallDisk(8 * 2 ** 20);
if (disk === undefined) console.warn("skipped: searches on a full disk (mounting is not allowed here)");
afterAll(() => disk?.remove());

describe.skipIf(disk === undefined)("a disk that is full", () => {
  const path = disk?.path ?? "";
  const ballast = join(path, "ballast");
  const args = (study: string, trials: number) => [
    ...["search", "--data", "penguins", "--study", study, "--dir", join(path, "studies")],
    ...["--trials", String(trials), "--max-params", "3k", ...QUICK],
  ];
  /** Takes all the room there is, also what the search takes meanwhile. */
  const fill = () => {
    const file = openSync(ballast, "w");
    try {
      for (let size = 1 << 16; size >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size >>= 4;
        }
      }
    } finally {
      closeSync(file);
    }
  };
  beforeAll(() => rmSync(ballast, { force: true }));

  for (const [study, moment, line] of [
    ["training", "while it trains", /^best /m],
    ["ending", "while the winner is trained and written", /^training /m],
  ] as const) {
    it(`${moment}: one line, nothing half written, and resuming goes on once there is room`, async () => {
      const { code, stderr, acted } = await during(args(study, 12), line, fill);
      expect(acted).toBe(true);
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(ONE_LINE);
      expect(stderr.match(/^error:.*$/gm)).toHaveLength(1);
      expect(stderr).toMatch(/disk_full/);
      const files = filesIn(join(path, "studies", study));
      expect(files.filter((name) => /\.part$|^best\.onnx|candidate/.test(name))).toEqual([]);

      rmSync(ballast);
      const before: SearchDocument = JSON.parse(
        (await morph("show", study, "--dir", join(path, "studies"), "--json")).stdout,
      );
      const document = documentOf(await morph("resume", study, "--dir", join(path, "studies"), "--json"));
      expect(document).toMatchObject({ state: "finished" });
      expect(document.trials).toHaveLength(12);
      for (const { number, hash, curve } of before.trials) {
        const after = document.trials.find((it) => it.number === number);
        expect(after?.hash).toBe(hash);
        expect(after?.curve.slice(0, curve.length)).toEqual(curve);
      }
      expect(document.trials.filter(({ state }) => state === "failed")).toEqual([]);
      expect(readFileSync(document.best?.onnx ?? "").length).toBeGreaterThan(0);
    });
  }

  it("from the start: one line, and no study that claims to exist", async () => {
    fill();
    const refused = await morph(...args("never", 4));
    rmSync(ballast);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(ONE_LINE);
    expect(refused.stderr).toContain("disk_full");
    const again = documentOf(await morph(...args("never", 4)));
    expect(again.trials).toHaveLength(4);
  });
});
