/** Settings of an architecture as a user writes them: `width=32,residual=false`. */
import { ExitCode, fail } from "../base/index.js";
import type { Architecture } from "../zoo/index.js";

/** Values of the kinds that the architecture expects; what it does not know stays text, and it will say so. */
export function parseSettings(
  text: string | undefined,
  { settings }: Pick<Architecture, "settings">,
): Record<string, number | string | boolean> {
  const values: Record<string, number | string | boolean> = {};
  for (const part of text === undefined ? [] : text.split(",")) {
    const at = part.indexOf("=");
    if (at < 1) {
      return fail(
        "bad_value",
        { path: "--set", expected: "name=value, several with commas", received: part },
        { exitCode: ExitCode.usage },
      );
    }
    const name = part.slice(0, at).trim();
    const value = part.slice(at + 1).trim();
    const kind = Object.hasOwn(settings, name) ? settings[name]?.kind : undefined;
    if (kind === "number" && value !== "" && Number.isFinite(Number(value))) values[name] = Number(value);
    else if (kind === "flag" && (value === "true" || value === "false")) values[name] = value === "true";
    else values[name] = value;
  }
  return values;
}
