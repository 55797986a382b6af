/** One command's arguments and options, read by commander; its refusals become usage errors of ours. */
import { Command, CommanderError } from "commander";
import { didYouMean, ExitCode, fail } from "../base/index.js";
import type { CommandSpec, Options, OptionValue } from "./command.js";
import { GLOBAL_OPTIONS } from "./help.js";

export interface Parsed {
  readonly args: readonly string[];
  readonly options: Options;
}

/** Global flags must have been taken out before. */
export function parseCommand(spec: CommandSpec, argv: readonly string[]): Parsed {
  const command = new Command(spec.name).exitOverride().helpOption(false).allowExcessArguments(false);
  command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const { name, description } of spec.arguments ?? []) command.argument(name, description);
  for (const { flags, description, parse } of spec.options ?? []) {
    const long = longName(flags);
    if (parse === undefined) command.option(flags, description);
    else command.option(flags, description, (text: string): OptionValue => parse(text, long));
  }
  try {
    command.parse([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return refuse(spec, error);
    throw error;
  }
  return { args: command.args, options: command.opts<Options>() };
}

/** `--trials` of `-t, --trials <n>`. */
export function longName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function refuse(spec: CommandSpec, error: CommanderError): never {
  const usage = { exitCode: ExitCode.usage };
  const help = `see morph ${spec.name} --help`;
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption": {
      const known = [...(spec.options ?? []), ...GLOBAL_OPTIONS].map(({ flags }) => longName(flags));
      const near = didYouMean(quoted, known);
      const hint = near === undefined ? help : `did you mean ${near}? Or ${help}`;
      return fail("unknown_option", { path: quoted, hint }, usage);
    }
    case "commander.missingArgument":
      return fail("missing_argument", { path: `morph ${spec.name}`, expected: quoted, hint: help }, usage);
    case "commander.optionMissingArgument":
      return fail("missing_value", { path: longName(quoted), expected: quoted, hint: help }, usage);
    case "commander.excessArguments":
      return fail(
        "too_many_arguments",
        { path: `morph ${spec.name}`, hint: `quote a name that holds spaces, or ${help}` },
        usage,
      );
    default:
      return fail("usage", { received: error.message.replace(/^error: /, ""), hint: help }, usage);
  }
}
