/** `morph best`: the winner so far, also while another process searches. */
import { ExitCode, fail } from "../base/index.js";
import { type CommandSpec, textOf, writeJson } from "./command.js";
import { costParts, formatScore, metricName } from "./score.js";
import { DIR_OPTION } from "./search-options.js";
import { newestStudy } from "./studies.js";
import { studyRoom } from "./study-port.js";
import { facts } from "./table.js";

export const best: CommandSpec = {
  name: "best",
  summary: "the best network of a study, any time, also while it is searching",
  examples: [
    ["morph best", "of the newest study"],
    ["morph best digits --out digits.onnx", "write the trained network to a file"],
  ],
  arguments: [{ name: "[study]", description: "name or folder of a study (default: the newest)" }],
  options: [
    { flags: "-o, --out <file>", description: "write the trained network there, as ONNX" },
    DIR_OPTION,
  ],
  async run([given], options, cli) {
    const room = await studyRoom();
    const dir = textOf(options, "dir");
    const name = given ?? (await newestStudy(room, dir));
    const out = textOf(options, "out");
    const written = out === undefined ? undefined : await room.exportBest(name, out, { dir });
    const document = await room.readStudy(name, { dir });
    const { best: found, metric } = document;
    if (found === null) {
      return fail(
        "no_result_yet",
        { path: name, hint: `no trial has finished so far. morph resume ${name} goes on with the search` },
        { exitCode: ExitCode.budgetSpent },
      );
    }
    if (cli.json) writeJson(cli, { schema: "morph.best/1", study: document.study, ...found, out: written });
    else {
      cli.stdout.write(
        facts(
          [
            ["study", `${document.study} (${document.state})`],
            ["trial", String(found.number)],
            [`test ${metricName(metric)}`, cli.paint.out.green(formatScore(found.testAccuracy, metric))],
            [`validation ${metricName(metric)}`, formatScore(found.valAccuracy, metric)],
            ["costs", costParts(found).join(", ")],
            ["model", written ?? found.onnx],
            ["card", found.card],
            ["report", found.report],
          ],
          cli.paint.out,
        ),
      );
    }
    return ExitCode.ok;
  },
};
