import { ExitCode, fail, unknownName } from "../base/index.js";
import type { Space } from "../spaces/index.js";

/** A named point of a space. @throws `unknown_seed` */
export function pointOf(space: Space, name: string): object {
  const seeds: Readonly<Record<string, unknown>> = space.seeds ?? {};
  const found = Object.hasOwn(seeds, name) ? seeds[name] : undefined;
  if (typeof found === "object" && found !== null) return found;
  const names = Object.keys(seeds);
  if (names.length > 0) return unknownName("seed", name, names);
  return fail(
    "unknown_seed",
    { path: name, expected: "a space with named points", received: `${space.name}, which has none` },
    { exitCode: ExitCode.usage },
  );
}
