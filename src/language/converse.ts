import { formatIssue, type Issue, isIssue, type Json } from "../base/index.js";
import { readAnswer } from "./answer.js";
import type { Message } from "./exchange.js";
import type { Asked, Language } from "./language.js";

export interface Conversation<T> extends Omit<Asked, "key"> {
  /** The conversation's place; its questions are `key/0`, `key/1`, ... */
  readonly key: string;
  /** Questions in all: the first, and corrections. */
  readonly tries: number;
  /** What an answer means, or what is wrong with it; that is what the model is told. */
  accept(value: Json): T | Issue | Promise<T | Issue>;
}

export type Settled<T> =
  | { readonly value: T; readonly refusals: readonly Issue[] }
  /** No answer could be used: why, question by question. */
  | { readonly value?: undefined; readonly refusals: readonly Issue[] };

/** Longest part of a wrong answer that a model is shown again. */
const QUOTED = 2_000;

/**
 * Ask until an answer is acceptable: one that is not is given back with the exact reason, and a better one asked for.
 * @throws what {@link Language.ask} throws
 */
export async function converse<T extends object>(
  language: Language,
  { tries, accept, key, ...question }: Conversation<T>,
  signal?: AbortSignal,
): Promise<Settled<T>> {
  const refusals: Issue[] = [];
  let messages: readonly Message[] = question.messages;
  for (let i = 0; i < tries; i++) {
    const exchange = await language.ask({ ...question, messages, key: `${key}/${i}` }, signal);
    const read = readAnswer(exchange);
    const result = "issue" in read ? read.issue : await accept(read.value);
    if (!isIssue(result)) return { value: result, refusals };
    refusals.push(result);
    const said = exchange.answer === null || exchange.answer.trim() === "" ? "(no answer)" : exchange.answer;
    messages = [
      ...question.messages,
      { role: "assistant", content: said.length > QUOTED ? `${said.slice(0, QUOTED)}…` : said },
      { role: "user", content: correction(result) },
    ];
  }
  return { refusals };
}

function correction(it: Issue): string {
  return `That answer cannot be used. ${formatIssue(it)} Answer again: one JSON object that conforms to the schema, and nothing else.`;
}
