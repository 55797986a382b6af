import { ExitCode, fail } from "../base/index.js";

/**
 * A bare mail address such as `you@example.org`. No display name, no quoting, ASCII alone: what could carry a second
 * recipient or a header is refused rather than repaired.
 * @throws `bad_address`
 */
export function checkAddress(text: string, option: string): string {
  const local = String.raw`[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*`;
  const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  const valid =
    text.length <= 254 &&
    new RegExp(`^${local}@${label}(?:\\.${label})*$`).test(text) &&
    text.indexOf("@") <= 64;
  if (valid && !text.includes("\n")) return text;
  return fail(
    "bad_address",
    {
      path: option,
      expected: "one mail address such as you@example.org",
      received: JSON.stringify(text.slice(0, 100)),
      hint: "give the bare address, without a name",
    },
    { exitCode: ExitCode.usage },
  );
}
