/** `morph best`: the winner so far, also while another process searches. */
import { ExitCode, fail } from "../base/index.js";
import type { SearchDocument, TrialDocument } from "../study/index.js";
import { type Cli, type CommandSpec, note, textOf, writeJson } from "./command.js";
import { costParts, formatScore, metricName } from "./score.js";
import { DIR_OPTION } from "./search-options.js";
import { namedOrNewest } from "./studies.js";
import { facts } from "./table.js";

/** The document `morph.best/1`. What only the end of a search knows is null before. */
interface BestSoFar {
  readonly schema: "morph.best/1";
  readonly study: string;
  readonly state: SearchDocument["state"];
  readonly number: number;
  readonly valAccuracy: number;
  readonly testAccuracy: number | null;
  readonly params: number;
  readonly macs: number;
  readonly latencyMs: number | null;
  readonly genotype: TrialDocument["genotype"];
  readonly onnx: string | null;
  readonly card: string | null;
  readonly report: string | null;
}

export const best: CommandSpec = {
  name: "best",
  summary: "the best network of a study, any time, also while it is searching",
  examples: [
    ["morph best", "of the newest study"],
    ["morph best mnist-1 --out digits.onnx", "write the trained network to a file"],
  ],
  arguments: [{ name: "[study]", description: "name or folder of a study (default: the newest)" }],
  options: [
    { flags: "-o, --out <file>", description: "write the trained network there, as ONNX" },
    DIR_OPTION,
  ],
  async run([given], options, cli) {
    const { exportBest, readStudy } = await import("../study/index.js");
    const dir = textOf(options, "dir");
    const name = await namedOrNewest(given, dir);
    const document = await readStudy(name, { dir });
    const found = bestOf(document);
    if (found === undefined) {
      return fail("no_result_yet", {
        path: name,
        hint: "wait for the first trial to finish, or resume the search",
      });
    }
    const out = textOf(options, "out");
    const written = out === undefined ? found.onnx : await exportBest(name, out, { dir });
    if (cli.json) writeJson(cli, { ...found, onnx: written });
    else print(cli, { ...found, onnx: written }, document);
    return ExitCode.ok;
  },
};

function bestOf(document: SearchDocument): BestSoFar | undefined {
  const { study, state, best: final } = document;
  if (final !== null) {
    const { number, valAccuracy, testAccuracy, params, macs, latencyMs, genotype, onnx, card, report } =
      final;
    return {
      schema: "morph.best/1",
      study,
      state,
      ...{ number, valAccuracy, testAccuracy, params, macs, latencyMs, genotype, onnx, card, report },
    };
  }
  const [leader] = document.trials
    .flatMap((trial) => (trial.valAccuracy === null ? [] : [{ ...trial, valAccuracy: trial.valAccuracy }]))
    .sort((a, b) => b.valAccuracy - a.valAccuracy || a.number - b.number);
  if (leader === undefined) return undefined;
  const { number, valAccuracy, params, macs, latencyMs, genotype } = leader;
  return {
    schema: "morph.best/1",
    study,
    state,
    ...{ number, valAccuracy, testAccuracy: null, params, macs, latencyMs, genotype },
    ...{ onnx: null, card: null, report: null },
  };
}

function print(cli: Cli, it: BestSoFar, { metric }: SearchDocument): void {
  const green = cli.paint.out.green;
  const named = (name: string, value: string | null): [string, string][] =>
    value === null ? [] : [[name, value]];
  cli.stdout.write(
    facts(
      [
        ["study", `${it.study} (${it.state})`],
        ["trial", String(it.number)],
        ...named(
          `test ${metricName(metric)}`,
          it.testAccuracy === null ? null : green(formatScore(it.testAccuracy, metric)),
        ),
        [`validation ${metricName(metric)}`, formatScore(it.valAccuracy, metric)],
        ["costs", costParts(it).join(", ")],
        ...named("model", it.onnx),
        ...named("card", it.card),
        ...named("report", it.report),
      ],
      cli.paint.out,
    ),
  );
  if (it.onnx === null) note(cli, `the best so far: morph best ${it.study} --out FILE writes it`);
}
