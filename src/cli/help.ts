/** Help texts: what it is, examples first, then usage and options. */
import type { CommandSpec, OptionSpec } from "./command.js";
import { COMMANDS, SUBCOMMANDS } from "./commands.js";
import { type Painter, plain } from "./terminal.js";

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: "--json", description: "print one JSON document on stdout" },
  { flags: "-q, --quiet", description: "no progress, only the result and errors" },
  { flags: "--no-color", description: "no colours (as NO_COLOR=1 does)" },
  { flags: "--debug", description: "show stacks with errors" },
  { flags: "-h, --help", description: "show this help" },
];

const FIRST_STEPS: CommandSpec["examples"] = [
  ["morph search", "a network for real handwritten digits, in about two minutes"],
  ["morph search --data ./photos --max-params 50k --max-latency 1", "your images, your limits"],
  ["morph best", "the best network found so far"],
  ["morph inspect model.onnx", "what a network costs to run"],
];

/** `morph --help`. */
export function overview(paint: Painter, width: number): string {
  return join([
    `${paint.bold("morph")}: search for a neural network that fits your data and keeps your limits`,
    section(paint, "Examples", exampleRows(paint, FIRST_STEPS), width),
    section(
      paint,
      "Commands",
      COMMANDS.map(({ name, summary }): Row => [paint.cyan(name), summary]),
      width,
    ),
    section(
      paint,
      "Commands of two words",
      SUBCOMMANDS.map(({ name, summary }): Row => [paint.cyan(name), summary]),
      width,
    ),
    section(
      paint,
      "For every command",
      optionRows(paint, [...GLOBAL_OPTIONS, { flags: "-V, --version", description: "print the version" }]),
      width,
    ),
    `${paint.dim("morph COMMAND --help shows the options of a command.")}`,
  ]);
}

/** `morph COMMAND --help`. */
export function commandHelp(spec: CommandSpec, paint: Painter, width: number): string {
  const named = spec.arguments ?? [];
  const groups = new Map<string, OptionSpec[]>();
  for (const option of spec.options ?? []) {
    const group = option.group ?? "Options";
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  return join([
    `${paint.bold(`morph ${spec.name}`)}: ${spec.summary}`,
    spec.about === undefined ? "" : wrap(spec.about, width).join("\n"),
    section(paint, "Examples", exampleRows(paint, spec.examples), width),
    `${paint.bold("Usage")}\n  morph ${[spec.name, ...named.map(({ name }) => name), "[options]"].join(" ")}`,
    section(
      paint,
      "Arguments",
      named.map(({ name, description }): Row => [paint.cyan(name), description]),
      width,
    ),
    ...[...groups].map(([title, options]) => section(paint, title, optionRows(paint, options), width)),
    section(paint, "For every command", optionRows(paint, GLOBAL_OPTIONS), width),
  ]);
}

/** Of the width; longer terms have their text on the next line. */
const MAX_TERM_SHARE = 0.6;

type Row = readonly [term: string, text: string];

function exampleRows(paint: Painter, examples: CommandSpec["examples"]): Row[] {
  return examples.map(([line, what]) => [paint.green(line), paint.dim(what)]);
}

function optionRows(paint: Painter, options: readonly OptionSpec[]): Row[] {
  return options.map(({ flags, description }) => [
    paint.cyan(flags.startsWith("--") ? `    ${flags}` : flags),
    description,
  ]);
}

/** Terms in a column, texts beside them; a long term has its text on the next line. */
function section(paint: Painter, title: string, rows: readonly Row[], width: number): string {
  if (rows.length === 0) return "";
  const longest = Math.max(...rows.map(([term]) => plain(term).length));
  const column = Math.min(longest, Math.max(12, Math.floor(width * MAX_TERM_SHARE))) + 2;
  const lines = rows.flatMap(([term, text]) => {
    const space = Math.max(20, width - column - 2);
    const [first = "", ...more] = wrap(plain(text), space).map((part) => text.replace(plain(text), part));
    const gap = column - plain(term).length;
    const indent = " ".repeat(column + 2);
    if (gap < 2) return [`  ${term}`, ...[first, ...more].map((part) => `${indent}${part}`)];
    return [`  ${term}${" ".repeat(gap)}${first}`, ...more.map((part) => `${indent}${part}`)];
  });
  return [paint.bold(title), ...lines].join("\n");
}

/** Lines no longer than the width, where words allow it. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function join(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
