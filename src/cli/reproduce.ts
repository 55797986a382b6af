/** `morph reproduce`: a paper's claim, put to a test whose rule was declared before. */
import { existsSync } from "node:fs";
import { availableParallelism, cpus, platform } from "node:os";
import { join } from "node:path";
import { ExitCode, fail, MorphError, messageOf } from "../base/index.js";
import type { RunRecord, Surroundings } from "../papers/index.js";
import { type Cli, type CommandSpec, note, numberOf, type Options, textOf, writeJson } from "./command.js";
import { paperNumber } from "./papers.js";
import { facts, table } from "./table.js";
import { formatDuration, parseCount } from "./units.js";

export const reproduce: CommandSpec = {
  name: "reproduce",
  summary: "put a paper's claim to a test whose rule is declared before the run",
  about:
    "Prints the rule, measures every seed, and computes the verdict: holds, fails or inconclusive. --record keeps the " +
    "result; docs/papers.md says which files an experiment needs.",
  examples: [
    ["morph reproduce", "the experiments that are there, and what was found"],
    ["morph reproduce 77 --quick", "a smaller run of one of them"],
    ["morph reproduce 17 --files ./tables --seeds 20", "with the tables in a folder"],
    ["morph reproduce --all --quick --json", "all of them, as JSON: for every night"],
  ],
  arguments: [{ name: "[number]", description: "of the paper" }],
  options: [
    { flags: "--seeds <n>", description: "seeds to measure (default: as declared)", parse: parseCount },
    { flags: "--quick", description: "fewer seeds and smaller runs, by the same rule" },
    { flags: "--all", description: "every experiment; those whose data are absent are passed over, aloud" },
    {
      flags: "--files <folder>",
      description: "where data are that must be fetched by hand (default: MORPH_DATA, or .morph/data)",
    },
    { flags: "--record <folder>", description: "keep the result there as NNN.json" },
    {
      flags: "--render <folder>",
      description: "write reproductions.md and reproductions.html from the recorded results",
    },
    {
      flags: "--dir <folder>",
      description: "where copies of tables are kept that load fast (default: .morph)",
    },
  ],
  async run([text], options, cli) {
    const papers = await import("../papers/index.js");
    const render = textOf(options, "render");
    if (options.all === true) {
      if (text !== undefined)
        fail("usage", { path: "--all", hint: "give a number or --all" }, { exitCode: ExitCode.usage });
      return await runAll(options, cli);
    }
    if (text !== undefined) {
      const record = await runOne(paperNumber(text), options, cli);
      if (cli.json) writeJson(cli, record);
      else cli.stdout.write(renderRecord(record, cli));
    } else if (render === undefined) {
      await listExperiments(papers.readRecords(textOf(options, "record")), cli);
    }
    if (render !== undefined) await renderPages(render, textOf(options, "record"), cli);
    return ExitCode.ok;
  },
};

async function runOne(paper: number, options: Options, cli: Cli): Promise<RunRecord> {
  const { describeCondition, reproductionOf, runReproduction, writeRecord } = await import(
    "../papers/index.js"
  );
  const experiment = await reproductionOf(paper);
  note(cli, `paper ${paper}: ${experiment.claim}`);
  for (const condition of experiment.rule) note(cli, `  rule: ${describeCondition(condition)}`);
  const record = await runReproduction(experiment, {
    seeds: numberOf(options, "seeds"),
    quick: options.quick === true,
    surroundings: await surroundingsOf(options, cli),
    versions: await versions(),
    hardware: `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${platform()}`,
    clock: { now: () => performance.now(), date: new Date().toISOString().slice(0, 10) },
  });
  const folder = textOf(options, "record");
  if (folder !== undefined) note(cli, `recorded in ${await writeRecord(record, folder)}`);
  return record;
}

async function runAll(options: Options, cli: Cli): Promise<ExitCode> {
  const { reproducible } = await import("../papers/index.js");
  const records: RunRecord[] = [];
  const passed: { readonly paper: number; readonly cause: string }[] = [];
  for (const paper of reproducible()) {
    try {
      records.push(await runOne(paper, options, cli));
    } catch (error) {
      if (!(error instanceof MorphError) || error.code !== "reproduction_data") throw error;
      passed.push({ paper, cause: messageOf(error) });
      note(cli, `paper ${paper} is passed over: ${messageOf(error)}`);
    }
  }
  if (cli.json) writeJson(cli, { schema: "morph.reproductions/1", records, passedOver: passed });
  else {
    cli.stdout.write(
      table(
        [
          { title: "paper", right: true },
          { title: "verdict" },
          { title: "seconds", right: true },
          { title: "claim" },
        ],
        records.map((it) => [String(it.paper), it.verdict, it.seconds.toFixed(1), it.claim]),
        cli.paint.out,
      ),
    );
  }
  const render = textOf(options, "render");
  if (render !== undefined) await renderPages(render, textOf(options, "record"), cli);
  return ExitCode.ok;
}

async function surroundingsOf(options: Options, cli: Cli): Promise<Surroundings> {
  const { ortNode } = await import("../runtime/index.js");
  const folder = textOf(options, "files") ?? cli.env.MORPH_DATA ?? join(".morph", "data");
  return {
    runtime: ortNode,
    file(name, source) {
      const places = [join(folder, name), join(folder, "nasbench", name)];
      return (
        places.find((path) => existsSync(path)) ??
        fail("reproduction_data", {
          path: join(folder, name),
          expected: "a file that the experiment reads",
          received: "none",
          hint: `${source}; name its folder with --files`,
        })
      );
    },
    cacheDir: join(textOf(options, "dir") ?? ".morph", "cache"),
    signal: cli.signal,
    note: (text) => note(cli, text),
  };
}

async function versions(): Promise<Record<string, string>> {
  const { readFile } = await import("node:fs/promises");
  const manifest: unknown = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  );
  const field = (it: unknown, name: string) =>
    typeof it === "object" && it !== null && name in it ? Reflect.get(it, name) : undefined;
  return {
    morphospace: String(field(manifest, "version")),
    onnxruntime: String(field(field(manifest, "dependencies"), "onnxruntime-node")),
    node: process.versions.node,
  };
}

function renderRecord(it: RunRecord, cli: Cli): string {
  const paint = cli.paint.out;
  const inks = { holds: paint.green, fails: paint.red, inconclusive: paint.yellow };
  return [
    facts(
      [
        ["paper", `${it.paper}, ${it.title}`],
        ["claim", it.claim],
        ["verdict", inks[it.verdict](it.verdict)],
        ["seeds", `${it.seeds.length}${it.quick ? ", quick run" : ""}`],
        ["time", formatDuration(1000 * it.seconds)],
      ],
      paint,
    ),
    "\n",
    table(
      [{ title: "rule" }, { title: "found" }, { title: "verdict" }],
      it.judgements.map((one) => [one.condition, one.found, inks[one.verdict](one.verdict)]),
      paint,
    ),
    "\n",
    table(
      [{ title: `measured (${it.units})` }, { title: "mean", right: true }, { title: "std", right: true }],
      Object.entries(it.measurements).map(([name, { mean, std }]) => [name, short(mean), short(std)]),
      paint,
    ),
  ].join("");
}

async function listExperiments(records: ReadonlyMap<number, RunRecord>, cli: Cli): Promise<void> {
  const { reproducible, reproductionOf } = await import("../papers/index.js");
  const experiments = await Promise.all(
    reproducible().map(async (paper) => ({
      paper,
      claim: (await reproductionOf(paper)).claim,
      verdict: records.get(paper)?.verdict ?? null,
      date: records.get(paper)?.date ?? null,
    })),
  );
  if (cli.json) {
    writeJson(cli, { schema: "morph.reproductions/1", experiments });
    return;
  }
  cli.stdout.write(
    table(
      [{ title: "paper", right: true }, { title: "verdict" }, { title: "date" }, { title: "claim" }],
      experiments.map((it) => [String(it.paper), it.verdict ?? "not run", it.date ?? "", it.claim]),
      cli.paint.out,
    ),
  );
}

async function renderPages(folder: string, records: string | undefined, cli: Cli): Promise<void> {
  const { readRecords, reproducible, reproductionsPage } = await import("../papers/index.js");
  const { experimentPage } = await import("../report/index.js");
  const { writeArtifact } = await import("../store/index.js");
  const list = [...readRecords(records).values()];
  await writeArtifact(join(folder, "reproductions.md"), reproductionsPage(list, reproducible()));
  await writeArtifact(join(folder, "reproductions.html"), experimentPage(list));
  note(cli, `${list.length} results in ${join(folder, "reproductions.md")} and reproductions.html`);
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
