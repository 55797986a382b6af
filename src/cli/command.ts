/** What a command is made of, and the surroundings that it runs in. */
import type { ExitCode } from "../base/index.js";
import type { Output, Painter } from "./terminal.js";

/** Where messages go that come at any time; a display takes them over while it draws, to keep its place. */
export interface Voice {
  say(text: string): void;
}

/** Surroundings of one call: streams, the global flags, and the signal of Ctrl-C. */
export interface Cli {
  /** The result: text for people, or one JSON document. */
  readonly stdout: Output;
  /** Progress and messages. */
  readonly stderr: Output;
  readonly voice: Voice;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Colours are wanted on stdout. */
  readonly color: boolean;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Colours for stdout and for stderr: either may be a pipe. */
  readonly paint: { readonly out: Painter; readonly err: Painter };
}

/** A value of an option, as its `parse` made it; `true` for a flag. */
export type OptionValue = string | number | boolean | undefined;
export type Options = Readonly<Record<string, OptionValue>>;

export interface OptionSpec {
  /** As commander reads it: `-t, --trials <n>`. */
  readonly flags: string;
  readonly description: string;
  /** Turns the text into a value, or throws a usage error that names the option. */
  readonly parse?: (text: string, option: string) => OptionValue;
  /** Heading in the help. */
  readonly group?: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** A paragraph for `--help`. */
  readonly about?: string;
  /** Shown first in `--help`: command line and what it is for. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** As commander reads it: `<model>` or `[name]`, with a description. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options?: readonly OptionSpec[];
  /** Keys of `options` are the long names in camel case. */
  run(args: readonly string[], options: Options, cli: Cli): Promise<ExitCode>;
}

/** Prints the result as one JSON document. */
export function writeJson(cli: Cli, document: unknown): void {
  cli.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** A message for people, kept back by `--quiet`. */
export function note(cli: Cli, text: string): void {
  if (!cli.quiet) cli.stderr.write(`${text}\n`);
}

/** A text option, where it was given. */
export function textOf(options: Options, key: string): string | undefined {
  const value = options[key];
  return typeof value === "string" ? value : undefined;
}

/** A number option, where it was given. */
export function numberOf(options: Options, key: string): number | undefined {
  const value = options[key];
  return typeof value === "number" ? value : undefined;
}
