/** `morph list`: the studies of a folder. */
import { ExitCode } from "../base/index.js";
import { type CommandSpec, note, textOf, writeJson } from "./command.js";
import { DIR_OPTION } from "./search-options.js";
import { studiesOf } from "./studies.js";
import { table } from "./table.js";

export const list: CommandSpec = {
  name: "list",
  summary: "the studies in a folder",
  examples: [
    ["morph list", "in .morph"],
    ["morph list --dir /data/studies --json", "elsewhere, as JSON"],
  ],
  options: [DIR_OPTION],
  async run(_args, options, cli) {
    const studies = await studiesOf(textOf(options, "dir"));
    if (cli.json) {
      writeJson(cli, { schema: "morph.list/1", studies });
      return ExitCode.ok;
    }
    if (studies.length === 0) note(cli, "no studies here; morph search makes one");
    else {
      cli.stdout.write(
        table(
          [
            { title: "study" },
            { title: "state" },
            { title: "trials", right: true },
            { title: "best", right: true },
            { title: "data" },
            { title: "started" },
          ],
          studies.map(({ name, state, trials, best, data, started }) => [
            name,
            state,
            String(trials),
            best === null ? "" : best.toFixed(4),
            data,
            started,
          ]),
          cli.paint.out,
        ),
      );
    }
    return ExitCode.ok;
  },
};
