import type { Json } from "../base/index.js";
import { converse, type Message } from "../language/index.js";
import type { Schema } from "../schema/index.js";
import { defineStrategy, type Scored, type Setting } from "./define.js";
import { type Design, Designs } from "./designs.js";
import { History } from "./history.js";
import { answerSchema, figure, searchInWords, settingOf } from "./in-words.js";

/**
 * GENIUS (Zheng et al. 2023, arXiv:2304.10970): a language model is the optimiser. It is told of the space in words, proposes
 * one architecture, is told the validation figure that was measured, rounded half up to three decimals, and is asked for a
 * better one; one conversation, temperature 0, one design a round, never the same twice. The authors play 10 rounds.
 *
 * Departures: any space, described from its schema; the answer is JSON checked by that schema where the authors' script
 * had a person type six digits; earlier turns hold the designs and figures without the reasons that were given for
 * them; what is invalid, repeated or over a limit is given back with the exact reason, `tries` times in all, and then
 * a neighbour of the best is tried (origin `fallback`). A correction is no evaluation. With several workers a round does
 * not know what the others are training. The best of long histories and their latest `history` rounds are quoted.
 */
export const genius = defineStrategy({
  name: "genius",
  description: "a language model proposes, is told the figures and asked for better ones; needs --endpoint",
  options: { tries: 4, history: 100 },
  needs: ["language"],
  deliberate: true,
  check({ tries, history }) {
    if (!Number.isSafeInteger(tries) || tries < 1) return "tries must be a whole number of at least 1";
    if (!Number.isSafeInteger(history) || history < 1) return "history must be a whole number of at least 1";
    return undefined;
  },
  start: () => History.empty,
  tell: (history, trial) => history.replaced(trial),
  async ask(history, { schema, options, rng, trial, attempt, tools, signal }) {
    const tried = history.trials();
    const designs = new Designs(schema, tools);
    for (const it of tried) designs.add(it);
    const best = tried.reduce<Scored | undefined>(
      (a, it) => (a === undefined || it.score > a.score ? it : a),
      undefined,
    );
    const { language } = tools;
    // What the study refused for reasons that only it knows is not discussed with the model.
    if (attempt > 0 || language === undefined) return designs.fallback(best, rng, "fallback");
    const { value } = await converse<Design>(
      language,
      {
        key: `trial ${trial}/design`,
        name: "design",
        schema: answerSchema(schema, { reasoning: { type: "string" } }),
        seed: seedOf(tools.seed, trial),
        messages: conversation(schema, settingOf(tools), quoted(tried, best, options.history)),
        tries: options.tries,
        accept: (answer) => designs.check(architectureOf(answer), signal),
      },
      signal,
    );
    return value === undefined
      ? designs.fallback(best, rng, "fallback")
      : { genotype: value.genotype, origin: "genius" };
  },
});

/** For endpoints that sample with a seed: 31 bits. */
export function seedOf(seed: number, trial: number): number {
  return (seed * 1_000_003 + trial) % 2 ** 31;
}

export function architectureOf(answer: Json): unknown {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return undefined;
  return (answer as { readonly architecture?: Json }).architecture;
}

/** The latest rounds, and the best in its place before them. */
function quoted(tried: readonly Scored[], best: Scored | undefined, most: number): readonly Scored[] {
  if (tried.length <= most) return tried;
  const latest = tried.slice(-most);
  return best === undefined || latest.includes(best) ? latest : [best, ...latest.slice(1)];
}

/** The conversation so far: k rounds hold k designs and k figures. */
export function conversation(
  schema: Schema<unknown>,
  setting: Setting,
  rounds: readonly Scored[],
): readonly Message[] {
  const { measure } = setting;
  return [
    { role: "system", content: "You are a leading researcher in neural architecture search." },
    {
      role: "user",
      content: `${searchInWords(schema, setting)}

How to proceed
1. Consider what each choice does to what flows through the network.
2. Consider how gradients flow through the whole.
3. Design the architecture with the highest ${measure}. Nothing else counts, as long as the limits are kept.

Rules
Each design is trained and measured, and you are told its ${measure}. You are then asked for a better one. Never propose a design twice.
Answer with one JSON object {"reasoning": "...", "architecture": ...} and nothing else; the architecture conforms to the schema.

Propose your first design.`,
    },
    ...rounds.flatMap((it): readonly Message[] => [
      { role: "assistant", content: JSON.stringify({ architecture: it.genotype }) },
      {
        role: "user",
        content: `The ${measure} of this design is ${figure(it.score, setting)}. Propose a new design that beats all earlier ones, and say in your reasoning why it should.`,
      },
    ]),
  ];
}
