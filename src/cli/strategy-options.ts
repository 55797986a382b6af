/** `--option population=20,tournament=5`: a strategy's own settings. */
import { ExitCode, fail } from "../base/index.js";
import type { StrategyOptions } from "../strategies/index.js";
import type { OptionSpec } from "./command.js";

export const STRATEGY_OPTION: OptionSpec = {
  flags: "--option <name=value>",
  description: "settings of the strategy; several with commas (docs/strategies.md lists them)",
};

/** Names and numbers; which names there are, the strategy knows. */
export function parseStrategyOptions(text: string | undefined): StrategyOptions {
  const options: Record<string, number> = {};
  for (const part of text?.split(",") ?? []) {
    const [name = "", value = "", ...more] = part.split("=").map((it) => it.trim());
    const number = Number(value);
    if (name === "" || value === "" || more.length > 0 || !Number.isFinite(number)) {
      fail(
        "bad_value",
        { path: "--option", expected: "name=number, such as population=20", received: part },
        { exitCode: ExitCode.usage },
      );
    }
    options[name] = number;
  }
  return options;
}
