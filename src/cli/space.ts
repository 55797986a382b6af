/** `morph space`: what a search space can express. */
import { canonicalJson, ExitCode, fail, messageOf, rngOf } from "../base/index.js";
import type { Space } from "../spaces/index.js";
import { type Cli, type CommandSpec, note, numberOf, textOf, writeJson } from "./command.js";
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
    ["morph space nb201 --sample 3 --draw cells.svg", "three networks of it, drawn"],
    ["morph space digits.onnx", "the edits that an ONNX file allows"],
  ],
  arguments: [{ name: "[name]", description: "name of a space, or an ONNX file" }],
  options: [
    { flags: "--sample <n>", description: "networks to draw", parse: parseCount },
    { flags: "--draw <file>", description: "draw the networks (one where --sample is not given), as SVG" },
    { flags: "--seed <n>", description: "of the draw (default: 0)", parse: parseWhole },
  ],
  async run([name], options, cli) {
    if (name === undefined) await listAll(cli, (await import("../spaces/index.js")).listSpaces());
    else {
      const draw = textOf(options, "draw");
      const samples = numberOf(options, "sample") ?? (draw === undefined ? 0 : 1);
      await describe(cli, await spaceNamed(name, cli.signal), samples, numberOf(options, "seed") ?? 0, draw);
    }
    return ExitCode.ok;
  },
};

/** A file is opened by the study's room, which is not loaded for a name. */
async function spaceNamed(name: string, signal: AbortSignal): Promise<Space> {
  if (!name.toLowerCase().endsWith(".onnx")) return (await import("../spaces/index.js")).spaceOf(name);
  return (await (await import("../study/index.js")).openSpace(name, { signal })).space;
}

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

/** Draws behind the measure of uniformity. */
const UNIFORMITY_DRAWS = 2_000;
/** Draws of both kinds from a large grammar, where one takes milliseconds and none comes twice. */
const GRAMMAR_DRAWS = 200;
const GRAMMAR_DIGITS = 1000;

async function describe(cli: Cli, it: Space, samples: number, seed: number, draw?: string): Promise<void> {
  const { decisions, formatDecision, formatSize, sample, size, validFraction } = await import(
    "../schema/index.js"
  );
  const points = size(it.schema);
  const grammar = points.log10 > GRAMMAR_DIGITS;
  const [draws, validityDraws] = grammar
    ? [GRAMMAR_DRAWS, GRAMMAR_DRAWS]
    : [UNIFORMITY_DRAWS, VALIDITY_DRAWS];
  const different = new Set<string>();
  for (let i = 0; i < draws; i++) {
    different.add(canonicalJson(sample(it.schema, rngOf(seed, "uniformity", i))));
  }
  const document = {
    schema: "morph.space/1",
    name: it.name,
    version: it.version,
    description: it.description,
    size: formatSize(points),
    decisions: decisions(it.schema),
    /** Points that are known by name; `morph search --start` takes them. */
    seeds: Object.keys(it.seeds ?? {}),
    validFraction: validFraction(it.schema, rngOf(seed, "valid"), validityDraws),
    /** Different genotypes among the draws, and how many a uniform law would give on average. */
    uniformity: {
      draws,
      different: different.size,
      expectedIfUniform: expectedDifferent(points.count, draws),
    },
    seed,
    samples: Array.from({ length: samples }, (_, i) => sample(it.schema, rngOf(seed, "sample", i))),
  };
  if (draw !== undefined) {
    await drawNetworks(it, document.samples, draw);
    note(cli, `drawn: ${draw}`);
  }
  if (cli.json) return writeJson(cli, document);
  const { uniformity } = document;
  const paint = cli.paint.out;
  cli.stdout.write(
    facts(
      [
        ["space", `${it.name}, version ${it.version}`],
        ["what", it.description],
        ["networks", document.size],
        ...(document.seeds.length > 0 ? [["by name", document.seeds.join(", ")] as const] : []),
        ["valid", `${(100 * document.validFraction).toFixed(1)} % of ${validityDraws} draws`],
        [
          "different",
          `${uniformity.different} of ${uniformity.draws} draws; a uniform law gives ${uniformity.expectedIfUniform.toFixed(0)}`,
        ],
      ],
      paint,
    ),
  );
  const rows = document.decisions.map((it) => [it.path, formatDecision(it).slice(it.path.length).trim()]);
  cli.stdout.write(`\n${table([{ title: "decision" }, { title: "values" }], rows, paint)}`);
  if (samples > 0) cli.stdout.write(`\n${paint.bold("Samples")}\n`);
  for (const genotype of document.samples) cli.stdout.write(`  ${canonicalJson(genotype)}\n`);
}

/** Different points among `draws` uniform draws from `points`, on average: points · (1 − (1 − 1/points)^draws). */
function expectedDifferent(points: bigint | undefined, draws: number): number {
  const count = points === undefined ? Number.POSITIVE_INFINITY : Number(points);
  // Beyond what doubles resolve, no two draws are the same.
  return count > 1e15 ? draws : -count * Math.expm1(draws * Math.log1p(-1 / count));
}

async function drawNetworks(it: Space, genotypes: readonly unknown[], file: string): Promise<void> {
  const { exampleGraph, exampleProblem } = await import("../spaces/index.js");
  const { drawGraphs } = await import("../report/index.js");
  const problem = exampleProblem(it);
  const svg = drawGraphs(
    genotypes.map((genotype) => exampleGraph(it, problem, genotype)),
    { open: 1, maxBoxes: 200 },
  );
  const { writeFile } = await import("node:fs/promises");
  try {
    await writeFile(file, svg);
  } catch (error) {
    fail("file_unwritable", { path: file, received: messageOf(error) }, { cause: error });
  }
}
