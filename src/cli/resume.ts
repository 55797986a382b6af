/** `morph resume`: go on where a study was stopped or killed. */
import type { CommandSpec } from "./command.js";
import { numberOf, textOf } from "./command.js";
import { ACCESS_OPTIONS, newAccess } from "./language-options.js";
import { runStudy } from "./run-study.js";
import { BUDGET_OPTIONS, DIR_OPTION } from "./search-options.js";

export const resume: CommandSpec = {
  name: "resume",
  summary: "go on with a study that was stopped or killed",
  about:
    "Data, space, limits and seed are those that the study began with. No finished trial is lost or counted " +
    "twice, even after kill -9.",
  examples: [
    ["morph resume mnist-1", "to the end of its budget"],
    ["morph resume mnist-1 --trials 200", "with a larger budget"],
  ],
  arguments: [{ name: "<study>", description: "name (morph list shows them) or folder of a study" }],
  options: [...BUDGET_OPTIONS, DIR_OPTION, ...ACCESS_OPTIONS],
  async run([name = ""], options, cli) {
    const { resumeStudy } = await import("../study/index.js");
    const { writeReport } = await import("../report/index.js");
    return runStudy(cli, () =>
      resumeStudy(name, {
        dir: textOf(options, "dir"),
        trials: numberOf(options, "trials"),
        timeMs: numberOf(options, "time"),
        workers: numberOf(options, "workers"),
        language: newAccess(options, cli),
        writeReport,
        signal: cli.signal,
      }),
    );
  },
};
