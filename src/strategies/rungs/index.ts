import { unknownName } from "../../base/index.js";
import { Ladder } from "./asha.js";
import { Brackets, halvingBrackets, hyperbandBrackets } from "./brackets.js";
import { Correlation } from "./correlation.js";
import type { RungPolicy, RungsForm } from "./policy.js";

export { type Bracket, halvingBrackets, hyperbandBrackets } from "./brackets.js";
export type { Climb, RungAction, RungPolicy, RungsForm, RungsNow } from "./policy.js";

/** Ways of giving some trials more training than others, by name; the first is the default. */
export const RUNG_POLICIES = ["asha", "halving", "hyperband", "correlation"] as const;
export type RungPolicyName = (typeof RUNG_POLICIES)[number];

/** A policy at its beginning. @throws `unknown_rungs` */
export function rungPolicy(name: RungPolicyName, form: RungsForm): RungPolicy {
  switch (name) {
    case "asha":
      return new Ladder(form);
    case "halving":
      return new Brackets(form, halvingBrackets(form));
    case "hyperband":
      return new Brackets(form, hyperbandBrackets(form));
    case "correlation":
      return new Correlation(form);
    default:
      return unknownName("rungs", name, RUNG_POLICIES);
  }
}
