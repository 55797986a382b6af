/** `morph papers`: the literature that this package implements, found by meaning. */
import { ExitCode, fail, unknownName } from "../base/index.js";
import type { Branch, Card, Kind, Link, RunRecord, Status } from "../papers/index.js";
import { type Cli, type CommandSpec, note, numberOf, type Options, textOf, writeJson } from "./command.js";
import { wrap } from "./help.js";
import { table } from "./table.js";
import { parseCount } from "./units.js";

const DEFAULT_COUNT = 10;

export const papers: CommandSpec = {
  name: "papers",
  summary: "the literature: find papers by meaning, see what of each is here",
  about:
    "Words and meaning rank together: a small encoder is trained on the cards the first time (some seconds) and kept in " +
    "the folder of --dir. No network is needed.",
  examples: [
    ["morph papers", "all of them"],
    ['morph papers "search under a latency budget"', "the nearest ones"],
    ["morph papers --kind strategy --status implemented", "those that can be used at once"],
    ["morph papers show 77", "one: what it is, how it works, what is here"],
    ["morph papers tree attention", "a taxonomy, with what is here as leaves"],
  ],
  arguments: [{ name: "[query...]", description: "what is sought; or `show NUMBER`, or `tree NAME`" }],
  options: [
    { flags: "--kind <kind>", description: "of this kind only: space, strategy, predictor, architecture, …" },
    { flags: "--status <status>", description: "implemented, partial or absent" },
    {
      flags: "-n, --top <n>",
      description: `papers to show of a search (default: ${DEFAULT_COUNT})`,
      parse: parseCount,
    },
    { flags: "--dir <folder>", description: "where the trained encoder is kept (default: .morph)" },
  ],
  async run(words, options, cli) {
    const { KINDS, STATUSES } = await import("../papers/index.js");
    const filter = {
      kind: oneOf<Kind>("kind", textOf(options, "kind"), KINDS),
      status: oneOf<Status>("status", textOf(options, "status"), STATUSES),
    };
    const [first, second, ...more] = words;
    if (first === "show" && more.length === 0) await show(second, cli);
    else if (first === "tree" && more.length === 0) await tree(second, cli);
    else if (words.length === 0) await list(filter, cli);
    else await find(words.join(" "), filter, options, cli);
    return ExitCode.ok;
  },
};

/** The number of a paper as it was typed. @throws `paper_number` */
export function paperNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  return fail(
    "paper_number",
    { path: text, expected: "a number", hint: "see the list that morph papers prints" },
    { exitCode: ExitCode.usage },
  );
}

function oneOf<T extends string>(what: string, text: string | undefined, known: readonly T[]): T | undefined {
  return text === undefined ? undefined : (known.find((it) => it === text) ?? unknownName(what, text, known));
}

interface Filter {
  readonly kind?: Kind;
  readonly status?: Status;
}

async function list(filter: Filter, cli: Cli): Promise<void> {
  const { listPapers, readRecords } = await import("../papers/index.js");
  const found = listPapers(filter).map(({ card }) => ({ card }));
  print(found, readRecords(), cli, {});
}

async function find(query: string, filter: Filter, options: Options, cli: Cli): Promise<void> {
  const { indexCards, listPapers, matches, readRecords, searchCards, wordsOf } = await import(
    "../papers/index.js"
  );
  if (wordsOf(query).length === 0) {
    fail(
      "empty_query",
      { path: query, expected: "words that say what is sought" },
      { exitCode: ExitCode.usage },
    );
  }
  const { ortNode } = await import("../runtime/index.js");
  const { openCache } = await import("../store/index.js");
  using cache = await openCache(textOf(options, "dir") ?? ".morph");
  const index = await indexCards(
    listPapers().map((it) => it.card),
    {
      runtime: ortNode,
      ...(cache !== undefined && { keep: cache }),
      signal: cli.signal,
      onTraining: () => note(cli, "training the encoder on the cards, once"),
    },
  );
  const hits = searchCards(index, query)
    .filter(({ card }) => matches(card, filter))
    .slice(0, numberOf(options, "top") ?? DEFAULT_COUNT);
  print(hits, readRecords(), cli, { query });
}

function print(
  found: readonly { readonly card: Card; readonly score?: number }[],
  records: ReadonlyMap<number, RunRecord>,
  cli: Cli,
  more: { readonly query?: string },
): void {
  if (cli.json) {
    const papers = found.map(({ card, score }) => ({
      ...card,
      reproduction: records.get(card.id)?.verdict ?? null,
      ...(score !== undefined && { score }),
    }));
    writeJson(cli, { schema: "morph.papers/1", ...more, papers });
    return;
  }
  if (found.length === 0) {
    note(cli, "no paper answers to that");
    return;
  }
  const paint = cli.paint.out;
  const width = Math.max(40, Math.min(cli.stdout.columns ?? 110, 130) - 47);
  cli.stdout.write(
    table(
      [
        { title: "nr", right: true },
        { title: "here" },
        { title: "year" },
        { title: "kind" },
        { title: "title" },
      ],
      found.map(({ card }) => [
        String(card.id),
        inkOf(card.here.status, cli)(card.here.status),
        String(card.year),
        card.kinds.slice(0, 2).join(", "),
        card.title.length > width ? `${card.title.slice(0, width - 1)}…` : card.title,
      ]),
      paint,
    ),
  );
}

function inkOf(status: Status, cli: Cli): (text: string) => string {
  const paint = cli.paint.out;
  return { implemented: paint.green, partial: paint.yellow, absent: paint.dim }[status];
}

async function show(text: string | undefined, cli: Cli): Promise<void> {
  const { citationOf, paperOf, readRecord, reproducible, reproductionStatus } = await import(
    "../papers/index.js"
  );
  if (text === undefined) {
    fail(
      "missing_argument",
      { path: "morph papers show", expected: "a paper's number" },
      { exitCode: ExitCode.usage },
    );
  }
  const { card, slug } = paperOf(paperNumber(text));
  const record = readRecord(card.id);
  const reproduction = reproductionStatus(reproducible().includes(card.id), record);
  if (cli.json) {
    writeJson(cli, {
      schema: "morph.paper/1",
      slug,
      ...card,
      reproduction,
      ...(record !== undefined && { record }),
    });
    return;
  }
  const paint = cli.paint.out;
  const width = Math.min(cli.stdout.columns ?? 100, 100);
  const part = (title: string, body: string) =>
    body === "" ? [] : ["", paint.bold(title), ...wrap(body, width - 2).map((line) => `  ${line}`)];
  const { here } = card;
  cli.stdout.write(
    `${[
      ...wrap(`${card.id} · ${card.title}`, width).map(paint.bold),
      paint.dim(citationOf(card)),
      `${card.kinds.join(", ")} · ${inkOf(here.status, cli)(here.status)}`,
      ...part("What it is", card.summary),
      ...part("How it works", card.mechanism),
      "",
      paint.bold("What its authors report"),
      ...card.claims.flatMap((claim) =>
        wrap(claim, width - 4).map((line, i) => `  ${i === 0 ? "·" : " "} ${line}`),
      ),
      ...part("Here", here.note ?? ""),
      ...(here.links.length === 0
        ? []
        : wrap(linkText(here.links), width - 2).map((line) => `  ${paint.dim(line)}`)),
      ...(here.run === undefined ? [] : [`  ${paint.cyan(here.run)}`]),
      ...part("Departures", card.differences ?? ""),
      ...part("Data", card.data),
      ...part(
        "Put to the test",
        record === undefined
          ? reproduction === "none"
            ? ""
            : `morph reproduce ${card.id} (not recorded yet)`
          : `${record.verdict}: ${record.claim} (${record.seeds.length} seeds, ${record.date})`,
      ),
    ].join("\n")}\n`,
  );
}

function linkText(links: readonly Link[]): string {
  return links.join(", ");
}

async function tree(name: string | undefined, cli: Cli): Promise<void> {
  const { leavesOf, listTrees, treeOf } = await import("../papers/index.js");
  const paint = cli.paint.out;
  if (name === undefined) {
    const trees = listTrees().map((it) => {
      const leaves = leavesOf(it.branches);
      const count = leaves.filter(({ leaf }) => leaf.here !== undefined).length;
      return { name: it.name, title: it.title, paper: it.paper, leaves: leaves.length, here: count };
    });
    if (cli.json) writeJson(cli, { schema: "morph.trees/1", trees });
    else {
      cli.stdout.write(
        table(
          [
            { title: "name" },
            { title: "what" },
            { title: "paper", right: true },
            { title: "leaves", right: true },
            { title: "here", right: true },
          ],
          trees.map((it) => [it.name, it.title, String(it.paper), String(it.leaves), String(it.here)]),
          paint,
        ),
      );
    }
    return;
  }
  const it = treeOf(name);
  if (cli.json) {
    writeJson(cli, { schema: "morph.tree/1", ...it });
    return;
  }
  cli.stdout.write(
    `${paint.bold(it.title)} ${paint.dim(`(after paper ${it.paper})`)}\n${drawn(it.branches, "", cli)}`,
  );
}

/** Branches as lines; what is here in green with its names, the rest dim. */
function drawn(branches: readonly Branch[], indent: string, cli: Cli): string {
  const paint = cli.paint.out;
  return branches
    .map((it, i) => {
      const last = i === branches.length - 1;
      const twig = paint.dim(`${indent}${last ? "└─" : "├─"}`);
      if (it.branches !== undefined) {
        return `${twig} ${it.name}\n${drawn(it.branches, `${indent}${last ? "   " : "│  "}`, cli)}`;
      }
      if (it.here !== undefined)
        return `${twig} ${paint.green(`● ${it.name}`)}  ${paint.dim(it.here.join(", "))}\n`;
      return `${twig} ${paint.dim(`○ ${it.name}${it.note === undefined ? "" : `: ${it.note}`}`)}\n`;
    })
    .join("");
}
