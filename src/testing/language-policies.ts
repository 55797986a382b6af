import { canonicalJson, hashJson, type Json, rngOf } from "../base/index.js";
import { instanceOf, variantsOf } from "./json-instances.js";
import type { ChatRequest, Policy, Reply } from "./language-server.node.js";

/** A round of a conversation: a design, and the figure that was measured. */
export interface Round {
  readonly architecture: Json;
  readonly figure: number;
}

/** Rounds that a conversation holds. */
export function roundsOf({ messages }: Pick<ChatRequest, "messages">): Round[] {
  return messages.flatMap((it, i) => {
    const figure = / of this design is (-?[\d.]+)\. /.exec(messages[i + 1]?.content ?? "")?.[1];
    if (it.role !== "assistant" || figure === undefined) return [];
    return [{ architecture: JSON.parse(it.content).architecture, figure: Number(figure) }];
  });
}

/**
 * Coordinate by coordinate: the first variant of the best design (of equals the first) that was not tried, in the order of
 * `variantsOf`; where there is none, or nothing was tried yet, a draw from the schema by the seed.
 */
export function nextByCoordinates(rounds: readonly Round[], architecture: Json, seed: number): Json {
  const known = new Set(rounds.map((it) => canonicalJson(it.architecture)));
  let best: Round | undefined;
  for (const it of rounds) if (best === undefined || it.figure > best.figure) best = it;
  for (const it of best === undefined ? [] : variantsOf(best.architecture, architecture))
    if (!known.has(canonicalJson(it))) return it;
  return instanceOf(architecture, rngOf(seed, "draw", rounds.length));
}

/** The schema of the architecture within the form of an answer. */
export function architectureSchema(request: Pick<ChatRequest, "response_format">): Json {
  const schema = request.response_format?.json_schema?.schema as { readonly [key: string]: Json } | undefined;
  const { properties, $defs } = schema ?? {};
  const { architecture = {} } = (properties ?? {}) as { readonly [key: string]: Json };
  return { ...(architecture as object), ...($defs !== undefined && { $defs }) };
}

export function say(value: Json): Reply {
  return { kind: "answer", content: JSON.stringify(value) };
}

/** The good model of the tests: {@link nextByCoordinates} over the transcript that it is sent. */
export const byCoordinates: Policy = (request) =>
  say({
    reasoning: "One coordinate after the other.",
    architecture: nextByCoordinates(roundsOf(request), architectureSchema(request), request.seed ?? 0),
  });

/**
 * A model for any form of answer: a value of the schema; designs are a variant of the first architecture that the
 * prompt shows in a line of its own (`Architecture: {...}`), drawn by the words of the prompt.
 */
export const byForm: Policy = (request) => {
  const { messages, response_format, seed = 0 } = request;
  const schema = response_format?.json_schema?.schema ?? {};
  const rng = rngOf(seed, hashJson(messages.map(({ content }) => content)));
  const answer = instanceOf(schema, rng);
  if (typeof answer !== "object" || answer === null || !("architecture" in answer)) return say(answer);
  const shown = /^Architecture: (\{.*\})$/m.exec(messages.at(1)?.content ?? "")?.[1];
  if (shown === undefined) return say(answer);
  const variants = [...variantsOf(JSON.parse(shown), architectureSchema(request))];
  return say(variants.length === 0 ? answer : { ...answer, architecture: rng.pick(variants) });
};
