/** `morph report`: the report of a study as it is now, one HTML file. */
import { resolve } from "node:path";
import { ExitCode } from "../base/index.js";
import { type CommandSpec, textOf, writeJson } from "./command.js";
import { DIR_OPTION } from "./search-options.js";
import { namedOrNewest } from "./studies.js";

export const report: CommandSpec = {
  name: "report",
  summary: "write a study's report, one HTML file that needs no network",
  examples: [
    ["morph report", "of the newest study"],
    ["morph report mnist-1 --out digits.html", "to a file of your choice, also while it is searching"],
  ],
  arguments: [{ name: "[study]", description: "name or folder of a study (default: the newest)" }],
  options: [
    { flags: "-o, --out <file>", description: "where to write it (default: STUDY.html here)" },
    DIR_OPTION,
  ],
  async run([given], options, cli) {
    const { readStudy } = await import("../study/index.js");
    const { writeReport } = await import("../report/index.js");
    const dir = textOf(options, "dir");
    const document = await readStudy(await namedOrNewest(given, dir), { dir });
    const out = resolve(textOf(options, "out") ?? `${document.study}.html`);
    await writeReport(document, out);
    if (cli.json) writeJson(cli, { schema: "morph.report/1", study: document.study, report: out });
    else cli.stdout.write(`${out}\n`);
    return ExitCode.ok;
  },
};
