/** Runs a study to its end or to Ctrl-C, shows it, and prints its result. */
import { relative } from "node:path";
import { ExitCode, MorphError } from "../base/index.js";
import type { SearchDocument, Study } from "../study/index.js";
import { type Cli, writeJson } from "./command.js";
import { isAbort } from "./errors.js";
import { type Display, liveDisplay, plainDisplay, silentDisplay } from "./live.js";
import { canRedraw } from "./terminal.js";

export async function runStudy(cli: Cli, open: () => Promise<Study>): Promise<ExitCode> {
  await using study = await open();
  const display = displayFor(cli, study);
  cli.voice.say = (text) => display.say(text);
  try {
    for await (const event of study.run({ signal: cli.signal })) display.event(event);
  } catch (error) {
    display.close();
    if (!(cli.signal.aborted && isStopping(error))) {
      // A search without a result still has a document that says why.
      if (cli.json && hasDocument(error)) writeJson(cli, study.document());
      throw error;
    }
  } finally {
    display.close();
  }
  const stopped = cli.signal.aborted && study.status().phase !== "finished";
  const document: SearchDocument = stopped ? { ...study.document(), state: "interrupted" } : study.document();
  await printResult(cli, document);
  return stopped ? interrupted(cli, document) : ExitCode.ok;
}

function displayFor(cli: Cli, study: Study): Display {
  const options = { stream: cli.stderr, paint: cli.paint.err, status: () => study.status() };
  if (cli.quiet) return silentDisplay(options);
  return canRedraw(cli.stderr, cli.env) ? liveDisplay(options) : plainDisplay(options);
}

/** The document, or a page for people: also what `morph show` prints. */
export async function printResult(cli: Cli, document: SearchDocument): Promise<void> {
  if (cli.json) return writeJson(cli, document);
  const { renderTerminal } = await import("../report/index.js");
  cli.stdout.write(renderTerminal(document, { color: cli.color, width: pageWidth(cli), path: nearPath }));
}

/** A path as it is typed from here, unless it leads far away. */
function nearPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" || near.startsWith("..") ? path : near;
}

/** Pages are as wide as the terminal, up to what the eye follows. */
function pageWidth({ stdout }: Cli): number {
  return Math.min(stdout.columns ?? 80, 110);
}

function interrupted(cli: Cli, document: SearchDocument): ExitCode {
  const ended = document.trials.filter((it) => it.valAccuracy !== null || it.state === "failed").length;
  const kept = ended === 1 ? "1 trial is kept" : `${ended === 0 ? "no" : ended} trials are kept`;
  cli.stderr.write(`interrupted: ${kept}. morph resume ${document.study} goes on.\n`);
  return ExitCode.interrupted;
}

/** What a stop looks like: Ctrl-C in a terminal goes to the worker processes too, and may end them first. */
function isStopping(error: unknown): boolean {
  return isAbort(error) || (error instanceof MorphError && error.code === "worker_lost");
}

function hasDocument(error: unknown): boolean {
  return (
    error instanceof MorphError &&
    (error.exitCode === ExitCode.nothingFeasible || error.exitCode === ExitCode.budgetSpent)
  );
}
