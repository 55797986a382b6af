#!/usr/bin/env node
// Writes docs/cli.md from the definitions of the commands, so that it says what the program takes.
// With --print it only shows the page; a test compares the two.
import { writeFileSync } from "node:fs";
import { ensureBuilt } from "./build.js";

const ROOT = new URL("../", import.meta.url);

/**
 * The page as text.
 * @param {readonly object[]} commands the commands of src/cli, loaded
 * @param {readonly object[]} globals `GLOBAL_OPTIONS` of src/cli
 */
function cliReference(commands, globals) {
  return [
    "# Command line",
    "",
    "<!-- Made by scripts/cli-docs.js from the commands' own definitions. Do not edit. -->",
    "",
    "Results go to standard output, progress and messages to standard error. With `--json` a command prints one",
    "JSON document whose `schema` field names its form and version. `morph COMMAND --help` prints what is below.",
    "",
    table(
      ["command", "what it does"],
      commands.map((it) => [`[\`morph ${it.name}\`](#morph-${it.name.replace(" ", "-")})`, it.summary]),
    ),
    "",
    "For every command:",
    "",
    optionTable(globals),
    "",
    "The exit codes are in the [list of errors](faq.md#exit-codes).",
    ...commands.flatMap(section),
    "",
  ].join("\n");
}

function section(it) {
  const args = it.arguments ?? [];
  const groups = new Map();
  for (const option of it.options ?? []) {
    const group = option.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  return [
    "",
    `## morph ${it.name}`,
    "",
    `${sentence(it.summary)}${it.about === undefined ? "" : ` ${it.about}`}`,
    "",
    "```sh",
    ...it.examples.map(
      ([line, what]) => `${line.padEnd(Math.max(...it.examples.map(([l]) => l.length)))}  # ${what}`,
    ),
    "```",
    ...(args.length === 0
      ? []
      : [
          "",
          table(
            ["argument", ""],
            args.map(({ name, description }) => [`\`${name}\``, description]),
          ),
        ]),
    ...[...groups].flatMap(([group, options]) => [
      "",
      ...(group === "" ? [] : [`${group}:`, ""]),
      optionTable(options),
    ]),
  ];
}

const optionTable = (options) =>
  table(
    ["option", ""],
    options.map(({ flags, description }) => [`\`${flags}\``, description]),
  );

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const problem = await ensureBuilt();
if (problem !== undefined) throw new Error(problem);
const { COMMANDS, SUBCOMMANDS } = await import(new URL("dist/cli/commands.js", ROOT).href);
const { GLOBAL_OPTIONS } = await import(new URL("dist/cli/help.js", ROOT).href);
const page = cliReference(
  await Promise.all([...COMMANDS, ...SUBCOMMANDS].map((it) => it.load())),
  GLOBAL_OPTIONS,
);
if (process.argv.includes("--print")) process.stdout.write(page);
else writeFileSync(new URL("docs/cli.md", ROOT), page);
