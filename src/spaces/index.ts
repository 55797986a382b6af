import { unknownName } from "../base/index.js";
import type { Space } from "./define.js";
import { mobileCnn } from "./mobile-cnn.js";
import { nb201 } from "./nb201.js";
import { tabularMlp } from "./tabular-mlp.js";

export * from "./define.js";
export * from "./nb201.js";
export { mobileCnn, tabularMlp };

/** Every space by name. A new one is its file, its test and a line here. */
const SPACES: readonly Space[] = [mobileCnn, tabularMlp, nb201];

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
