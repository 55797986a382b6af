import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExitCode, MorphError } from "../base/index.js";
import type { CommandSpec } from "./command.js";
import { COMMANDS } from "./commands.js";
import { longName, parseCommand } from "./parse.js";

/** What people type, and what programs and cats do. */
const VALUES = [
  ...["0", "1", "-1", "1.5", "1e3", "1e999", "NaN", "Infinity", "90s", "1h30m", "64KiB", "5ms", "0x10", "٣"],
  ...[
    "",
    " ",
    "-",
    "--",
    "---",
    "=",
    "a=b",
    "__proto__",
    "constructor",
    "null",
    "[1,2]",
    "{",
    "mnist",
    "é\n",
    "\0",
  ],
  ...["9007199254740993", "99999999999999999999", "-0", ".5", "1,000", "1_000", "true", "a b", "../..", "~"],
];

function wordsOf(spec: CommandSpec): fc.Arbitrary<string> {
  const flags = (spec.options ?? []).map(({ flags }) => longName(flags));
  const value = fc.oneof(
    fc.constantFrom(...VALUES),
    fc.string({ maxLength: 12, unit: "grapheme" }),
    fc.double().map(String),
    fc.integer().map(String),
  );
  const own = flags.length === 0 ? value : fc.constantFrom(...flags);
  const cut = own.map((flag) => flag.slice(0, -1));
  return fc.oneof(
    { weight: 4, arbitrary: own },
    { weight: 4, arbitrary: value },
    fc.tuple(own, value).map((it) => it.join("=")),
    cut,
  );
}

describe("any words after a command", () => {
  it.each(COMMANDS.map(({ name, load }) => [name, load] as const))(
    "%s: options whose numbers are numbers, or one line and exit code 2",
    async (_, load) => {
      const spec = await load();
      const outcomes = { read: 0, refused: 0 };
      fc.assert(
        fc.property(fc.array(wordsOf(spec), { maxLength: 6 }), (argv) => {
          try {
            const { options, args } = parseCommand(spec, argv);
            outcomes.read++;
            expect(args.length).toBeLessThanOrEqual(Math.max(argv.length, spec.arguments?.length ?? 0));
            for (const value of Object.values(options)) {
              if (typeof value === "number") expect(Number.isFinite(value), JSON.stringify(argv)).toBe(true);
            }
          } catch (error) {
            if (!(error instanceof MorphError)) throw error;
            outcomes.refused++;
            expect(error.exitCode, error.message).toBe(ExitCode.usage);
            expect(error.code).not.toBe("internal");
          }
        }),
        { numRuns: Number(process.env.MORPH_FUZZ ?? 400) },
      );
      expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(0);
    },
  );
});
