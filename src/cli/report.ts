/** `morph report`: the report of a study as it is now, one HTML file. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ExitCode, type Json } from "../base/index.js";
import type { Winner } from "../report/index.js";
import type { BestDocument } from "../study/types.js";
import { type CommandSpec, textOf, writeJson } from "./command.js";
import { DIR_OPTION } from "./search-options.js";
import { newestStudy } from "./studies.js";
import { studyRoom } from "./study-port.js";

export const report: CommandSpec = {
  name: "report",
  summary: "write a study's report, one HTML file that needs no network",
  examples: [
    ["morph report", "of the newest study"],
    ["morph report digits --out digits.html", "to a file of your choice, also while it is searching"],
  ],
  arguments: [{ name: "[study]", description: "name or folder of a study (default: the newest)" }],
  options: [
    { flags: "-o, --out <file>", description: "where to write it (default: STUDY.html here)" },
    DIR_OPTION,
  ],
  async run([given], options, cli) {
    const room = await studyRoom();
    const dir = textOf(options, "dir");
    const document = await room.readStudy(given ?? (await newestStudy(room, dir)), { dir });
    const { renderReport } = await import("../report/index.js");
    const { writeArtifact } = await import("../store/index.js");
    const out = resolve(textOf(options, "out") ?? `${document.study}.html`);
    const winner = document.best === null ? undefined : await winnerOf(document.best, cli.signal);
    await writeArtifact(out, renderReport(document, winner), cli.signal);
    if (cli.json) writeJson(cli, { schema: "morph.report/1", study: document.study, report: out });
    else cli.stdout.write(`${out}\n`);
    return ExitCode.ok;
  },
};

async function winnerOf(best: BestDocument, signal: AbortSignal): Promise<Winner> {
  const { loadModel } = await import("../onnx/index.js");
  const model = await loadModel(best.onnx, { signal });
  const card: Json = JSON.parse(await readFile(best.card, "utf8"));
  return { model, genotype: best.genotype, card };
}
