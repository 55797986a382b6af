import { unknownName } from "../base/index.js";
import type { Space } from "./define.js";
import { mobileCnn } from "./mobile-cnn.js";
import { tabularMlp } from "./tabular-mlp.js";

export * from "./define.js";
export { mobileCnn, tabularMlp };

/** Every space by name. A new one is its file, its test and a line here. */
const SPACES: readonly Space[] = [mobileCnn, tabularMlp];

export function listSpaces(): readonly Space[] {
  return SPACES;
}

/** The space of a name; a usage error with the nearest name where there is none. */
export function spaceOf(name: string): Space {
  return (
    SPACES.find((space) => space.name === name) ??
    unknownName(
      "space",
      name,
      SPACES.map((it) => it.name),
    )
  );
}
