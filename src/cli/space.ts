/** `morph space`: what a search space can express. */
import { canonicalJson, ExitCode, rngOf } from "../base/index.js";
import type { Space } from "../spaces/index.js";
import { type Cli, type CommandSpec, numberOf, writeJson } from "./command.js";
import { facts, table } from "./table.js";
import { parseCount, parseWhole } from "./units.js";

/** Draws behind the share of valid ones. */
const VALIDITY_DRAWS = 2_000;

export const space: CommandSpec = {
  name: "space",
  summary: "a search space: its decisions, its size, samples of it",
  examples: [
    ["morph space", "the names of all spaces"],
    ["morph space mobile-cnn", "its decisions and how many networks it holds"],
    ["morph space tabular-mlp --sample 5 --json", "five networks of it, as JSON"],
  ],
  arguments: [{ name: "[name]", description: "name of a space" }],
  options: [
    { flags: "--sample <n>", description: "networks to draw", parse: parseCount },
    { flags: "--seed <n>", description: "of the draw (default: 0)", parse: parseWhole },
  ],
  async run([name], options, cli) {
    const { listSpaces, spaceOf } = await import("../spaces/index.js");
    if (name === undefined) await listAll(cli, listSpaces());
    else await describe(cli, spaceOf(name), numberOf(options, "sample") ?? 0, numberOf(options, "seed") ?? 0);
    return ExitCode.ok;
  },
};

async function listAll(cli: Cli, spaces: readonly Space[]): Promise<void> {
  const { formatSize, size } = await import("../schema/index.js");
  const rows = spaces.map(({ name, version, description, schema }) => ({
    name,
    version,
    size: formatSize(size(schema)),
    description,
  }));
  if (cli.json) writeJson(cli, { schema: "morph.spaces/1", spaces: rows });
  else {
    cli.stdout.write(
      table(
        [{ title: "name" }, { title: "networks", right: true }, { title: "what" }],
        rows.map((row) => [row.name, row.size, row.description]),
        cli.paint.out,
      ),
    );
  }
}

async function describe(cli: Cli, it: Space, samples: number, seed: number): Promise<void> {
  const { decisions, formatDecision, formatSize, sample, size, validFraction } = await import(
    "../schema/index.js"
  );
  const document = {
    schema: "morph.space/1",
    name: it.name,
    version: it.version,
    description: it.description,
    size: formatSize(size(it.schema)),
    decisions: decisions(it.schema),
    validFraction: validFraction(it.schema, rngOf(seed, "valid"), VALIDITY_DRAWS),
    seed,
    samples: Array.from({ length: samples }, (_, i) => sample(it.schema, rngOf(seed, "sample", i))),
  };
  if (cli.json) return writeJson(cli, document);
  const paint = cli.paint.out;
  cli.stdout.write(
    facts(
      [
        ["space", `${it.name}, version ${it.version}`],
        ["what", it.description],
        ["networks", document.size],
        ["valid", `${(100 * document.validFraction).toFixed(1)} % of ${VALIDITY_DRAWS} draws`],
      ],
      paint,
    ),
  );
  const rows = document.decisions.map((it) => [it.path, formatDecision(it).slice(it.path.length).trim()]);
  cli.stdout.write(`\n${table([{ title: "decision" }, { title: "values" }], rows, paint)}`);
  if (samples > 0) cli.stdout.write(`\n${paint.bold("Samples")}\n`);
  for (const genotype of document.samples) cli.stdout.write(`  ${canonicalJson(genotype)}\n`);
}
