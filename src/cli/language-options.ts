/** Options of searches that talk to a language model, and how they become an access to one. */
import { readFile } from "node:fs/promises";
import { ExitCode, fail } from "../base/index.js";
import type { Exchange, Prices } from "../language/index.js";
import type { LanguageAccess, NewAccess } from "../study/index.js";
import { type Cli, numberOf, type OptionSpec, type Options, textOf } from "./command.js";
import { parseCount, parseDurationMs, parseNumber, parseWhole } from "./units.js";

const GROUP = "Language model (key from MORPH_API_KEY or OPENAI_API_KEY)";

/** What may change when a study is resumed. */
export const ACCESS_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--endpoint <url>",
    description: "OpenAI-style endpoint, such as http://localhost:11434/v1",
    group: GROUP,
  },
  {
    flags: "--max-tokens <n>",
    description: "ceiling of tokens, questions and answers together",
    parse: parseCount,
    group: GROUP,
  },
  {
    flags: "--max-cost <n>",
    description: "ceiling of costs; needs --prices",
    parse: parseNumber,
    group: GROUP,
  },
  {
    flags: "--prices <in,out>",
    description: "prices of a million tokens of questions and of answers, such as 0.15,0.60",
    parse: checkPrices,
    group: GROUP,
  },
  {
    flags: "--answer-time <duration>",
    description: "time an answer may take (default: 2m)",
    parse: parseDurationMs,
    group: GROUP,
  },
  {
    flags: "--retries <n>",
    description: "attempts after the first where the endpoint is busy, fails or does not answer (default: 4)",
    parse: parseWhole,
    group: GROUP,
  },
];

export const LANGUAGE_OPTIONS: readonly OptionSpec[] = [
  ...ACCESS_OPTIONS,
  { flags: "--model <name>", description: "which of the endpoint's models", group: GROUP },
  {
    flags: "--temperature <n>",
    description: "0 for the model's first choice (default: 0)",
    parse: parseNumber,
    group: GROUP,
  },
  {
    flags: "--transcript <file>",
    description: "answers from morph show --transcript; without --endpoint, from there alone",
    group: GROUP,
  },
];

/** What was said of a model that is known already. */
export function newAccess(options: Options, { env }: Pick<Cli, "env">): NewAccess {
  return {
    endpoint: textOf(options, "endpoint"),
    apiKey: env.MORPH_API_KEY || env.OPENAI_API_KEY || undefined,
    maxTokens: numberOf(options, "maxTokens"),
    maxCost: numberOf(options, "maxCost"),
    prices: pricesOf(textOf(options, "prices")),
    timeoutMs: numberOf(options, "answerTime"),
    retries: numberOf(options, "retries"),
  };
}

/** The access that was asked for; undefined where no model was. */
export async function accessOf(options: Options, cli: Pick<Cli, "env">): Promise<LanguageAccess | undefined> {
  const path = textOf(options, "transcript");
  const { endpoint, ...access } = newAccess(options, cli);
  const recorded = path === undefined ? undefined : await readExchanges(path);
  const model = textOf(options, "model") ?? recorded?.[0]?.model;
  if (endpoint === undefined && recorded === undefined) {
    const given = ["model", "maxTokens", "maxCost", "prices"].find((name) => options[name] !== undefined);
    if (given !== undefined)
      incomplete(
        `--${dashed(given)}`,
        "--endpoint URL, too",
        "give --endpoint http://localhost:11434/v1, say",
      );
    return undefined;
  }
  if (model === undefined)
    incomplete("--endpoint", "--model NAME, too", "the endpoint's own list is at its address with /models");
  return { ...access, endpoint, model, temperature: numberOf(options, "temperature"), recorded };
}

/** Exchanges of a file. @throws `transcript_corrupt`, and what reading throws */
export async function readExchanges(path: string): Promise<readonly Exchange[]> {
  const { fromLines } = await import("../language/index.js");
  return fromLines(await readFile(path, "utf8"), path);
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function incomplete(path: string, expected: string, hint: string): never {
  return fail("language_settings", { path, expected, received: "none", hint }, { exitCode: ExitCode.usage });
}

function checkPrices(text: string, option: string): string {
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parts.length === 2 && parts.every((it) => Number.isFinite(it) && it >= 0)) return text;
  return fail(
    "bad_value",
    { path: option, expected: "two prices of a million tokens, such as 0.15,0.60", received: text },
    { exitCode: ExitCode.usage },
  );
}

function pricesOf(text: string | undefined): Prices | undefined {
  if (text === undefined) return undefined;
  const [input = 0, output = 0] = text.split(",").map(Number);
  return { input, output };
}
