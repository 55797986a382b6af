/** The command line's entry: finds the command, runs it, turns whatever happens into an exit code. */
import { readFileSync } from "node:fs";
import { ExitCode, unknownName } from "../base/index.js";
import type { Cli, Voice } from "./command.js";
import { COMMANDS, SUBCOMMANDS } from "./commands.js";
import { describeFailure, stackOf } from "./errors.js";
import { commandHelp, overview } from "./help.js";
import { interrupts } from "./interrupt.js";
import { oneLine, painter, wantsColor } from "./terminal.js";

interface GlobalFlags {
  json: boolean;
  quiet: boolean;
  color: boolean;
  debug: boolean;
  help: boolean;
  version: boolean;
}

const GLOBAL_FLAGS: Readonly<Record<string, (flags: GlobalFlags) => void>> = {
  "--json": (flags) => {
    flags.json = true;
  },
  "-q": (flags) => {
    flags.quiet = true;
  },
  "--quiet": (flags) => {
    flags.quiet = true;
  },
  "--no-color": (flags) => {
    flags.color = false;
  },
  "--debug": (flags) => {
    flags.debug = true;
  },
  "-h": (flags) => {
    flags.help = true;
  },
  "--help": (flags) => {
    flags.help = true;
  },
  "-V": (flags) => {
    flags.version = true;
  },
  "--version": (flags) => {
    flags.version = true;
  },
};

/** Takes the global flags out, wherever they stand before a `--`. */
function takeGlobals(argv: readonly string[]): { flags: GlobalFlags; rest: string[] } {
  const flags: GlobalFlags = {
    json: false,
    quiet: false,
    color: true,
    debug: false,
    help: false,
    version: false,
  };
  const end = argv.indexOf("--");
  const before = end < 0 ? argv : argv.slice(0, end);
  const rest = before.filter((word) => {
    if (!Object.hasOwn(GLOBAL_FLAGS, word)) return true;
    GLOBAL_FLAGS[word]?.(flags);
    return false;
  });
  return { flags, rest: end < 0 ? rest : [...rest, ...argv.slice(end)] };
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const { flags, rest } = takeGlobals(argv);
  const { stdout, stderr, env } = process;
  const color = flags.color && wantsColor(stdout, env);
  const outPaint = painter(color);
  const errPaint = painter(flags.color && wantsColor(stderr, env));
  const width = Math.min(stdout.columns ?? 100, 110);
  const voice: Voice = { say: (text) => stderr.write(`${text}\n`) };
  const interrupt = interrupts(
    (text) => voice.say(errPaint.yellow(text)),
    () => stderr.isTTY && stderr.write("\u001b[?25h"),
  );
  try {
    if (flags.version) {
      stdout.write(`${version()}\n`);
      return ExitCode.ok;
    }
    const isHelp = flags.help || rest[0] === "help";
    const words = rest[0] === "help" ? rest.slice(1) : rest;
    const pair = SUBCOMMANDS.find((command) => command.name === words.slice(0, 2).join(" "));
    const name = pair?.name ?? words[0];
    const args = words.slice(pair === undefined ? 1 : 2);
    if (name === undefined) {
      stdout.write(overview(outPaint, width));
      return ExitCode.ok;
    }
    const entry = pair ?? COMMANDS.find((command) => command.name === name);
    if (entry === undefined) {
      return unknownName(
        name.startsWith("-") ? "option" : "command",
        name,
        name.startsWith("-")
          ? Object.keys(GLOBAL_FLAGS)
          : [...COMMANDS, ...SUBCOMMANDS].map((command) => command.name),
      );
    }
    const spec = await entry.load();
    if (isHelp) {
      stdout.write(commandHelp(spec, outPaint, width));
      return ExitCode.ok;
    }
    const { parseCommand } = await import("./parse.js");
    const { args: given, options } = parseCommand(spec, args);
    const cli: Cli = {
      stdout,
      stderr,
      voice,
      json: flags.json,
      quiet: flags.quiet,
      debug: flags.debug,
      env,
      color,
      signal: interrupt.signal,
      paint: { out: outPaint, err: errPaint },
    };
    return await spec.run(given, options, cli);
  } catch (error) {
    const failure = describeFailure(error, interrupt.signal.aborted);
    const tag = failure.exitCode === ExitCode.interrupted ? "" : `${errPaint.red("error:")} `;
    stderr.write(`${tag}${oneLine(failure.line)}\n`);
    if (flags.debug) stderr.write(`${stackOf(error)}\n`);
    return failure.exitCode;
  } finally {
    interrupt.release();
  }
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const manifest: unknown = JSON.parse(text);
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

/** A reader that went away (`morph list | head -1`) is no error; without stderr there is nobody to tell. */
function surviveClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(ExitCode.ok);
    throw error;
  });
  process.stderr.on("error", () => undefined);
}

/** Waits until all output has left: `process.exit` would cut a pipe short. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}

surviveClosedPipes();
const exitCode = await main(process.argv.slice(2));
await Promise.all([drained(process.stdout), drained(process.stderr)]);
// Ends also where a library has left a handle open.
process.exit(exitCode);
