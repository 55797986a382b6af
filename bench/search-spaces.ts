/**
 * Every space from command to result: `morph search --data mnist --space NAME --time 60s`; spaces for tables on penguins;
 * last an ONNX file as a space around itself: LeNet-5, trained for an epoch.
 * npm run bench -- search-spaces [names, e.g. nb201,darts]. What is named is run anew, other results are kept. Writes
 * `bench/results/search-spaces.json` and the page `docs/spaces-search.md`.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listSpaces } from "../src/spaces/index.js";
import type { SearchDocument } from "../src/study/index.js";
import { problemOfShape } from "../src/zoo/index.js";
import { morph, record } from "./lib.js";
import { type SpaceRow, spacesPage } from "./lib-spaces-page.js";

const COMMAND = "morph search --data mnist --space NAME --time 60s --seed 0";
const DIGITS = problemOfShape([1, 28, 28], 10);

/** What stands in the place of a name for a file. */
const FILE = "FILE.onnx";

async function run(name: string, digits: boolean): Promise<SpaceRow> {
  const data = digits ? "mnist" : "penguins";
  const dir = await mkdtemp(join(tmpdir(), "morph-space-"));
  const target = digits ? [] : ["--target", "Species"];
  const file = join(dir, FILE);
  const space = name === FILE ? file : name;
  const args = ["search", "--data", data, ...target, "--space", space, "--time", "60s", "--seed", "0"];
  try {
    if (name === FILE) await morph(["train", "lenet5", "--epochs", "1", "--seed", "0", "--out", file]);
    const { document, seconds } = await morph<SearchDocument>([...args, "--dir", dir]);
    const { best, trials, baselines } = document;
    return {
      space: name,
      data,
      seconds: Math.round(seconds),
      trials: trials.length,
      failedTrials: trials.filter(({ error }) => error !== undefined && error !== null).length,
      testAccuracy: best?.testAccuracy,
      linear: baselines.linear,
      params: best?.params,
      macs: best?.macs,
      latencyMs: best?.latencyMs,
    };
  } catch (error) {
    const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return { space: name, data, error: text.trim().split("\n").at(-1) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function before(): Promise<readonly SpaceRow[]> {
  try {
    const text = await readFile(join(process.cwd(), "bench/results/search-spaces.json"), "utf8");
    return (JSON.parse(text) as { readonly rows: readonly SpaceRow[] }).rows;
  } catch {
    return [];
  }
}

const asked = process.argv[2]?.split(",");
const rows = new Map((await before()).map((row) => [row.space, row]));
const names = [...listSpaces().map(({ name }) => name), FILE];
const forDigits = new Set(listSpaces().flatMap((it) => (it.accepts(DIGITS) === undefined ? [it.name] : [])));
for (const name of names) {
  if (asked !== undefined && !asked.includes(name)) continue;
  const row = await run(name, name === FILE || forDigits.has(name));
  rows.set(name, row);
  console.error(JSON.stringify(row));
  const ordered = names.flatMap((it) => rows.get(it) ?? []);
  await record("search-spaces", { command: COMMAND, rows: ordered });
  await writeFile("docs/spaces-search.md", spacesPage(COMMAND, ordered));
}
const failed = [...rows.values()].filter(({ error }) => error !== undefined);
for (const { space, error } of failed) console.error(`${space}: ${error}`);
process.exitCode = failed.length === 0 ? 0 : 1;
