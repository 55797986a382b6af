import { hashJson, type Issue, type Json } from "../base/index.js";

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What is asked of a model. Plain JSON: the same question has the same hash in every process. */
export interface Question {
  /** The question's place in a search, such as `trial 7/design/1`; a transcript is read by it. */
  readonly key: string;
  readonly messages: readonly Message[];
  /** JSON Schema of the answer. */
  readonly schema: Json;
  /** Word for the answer, `[a-z_]+`. */
  readonly name: string;
  /** For endpoints that sample with a seed. */
  readonly seed?: number;
  readonly temperature: number;
  readonly maxOutputTokens: number;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** True where the endpoint did not say, and lengths were counted instead. */
  readonly estimated: boolean;
}

/** Why an answer ended. */
export type Finish = "stop" | "length" | "content-filter" | "other";

/** A question and what came of it: what transcripts are made of. */
export interface Exchange {
  readonly format: "morph.exchange/1";
  readonly model: string;
  /** Of model and question. */
  readonly hash: string;
  readonly question: Question;
  /** What the model wrote; null where it wrote nothing in time. */
  readonly answer: string | null;
  readonly finish: Finish;
  /** Of all attempts together. */
  readonly usage: Usage;
  /** What came before the answer: attempts that were cut off or refused by the endpoint, with their causes. */
  readonly attempts: readonly Issue[];
  /** Why there is no answer that could be read at all. */
  readonly problem?: Issue;
}

/** Identity of a question to a model. */
export function hashOf(model: string, question: Question): string {
  return hashJson({ model, question });
}

/**
 * Tokens that a text may take: a third of its bytes. Tokenizers of today's models need fewer for prose (about a
 * quarter) and JSON; used where the endpoint does not count itself.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 3);
}

/** Estimate of what a question costs before it is asked. */
export function estimateInput({ messages, schema }: Pick<Question, "messages" | "schema">): number {
  const words = messages.reduce((sum, it) => sum + estimateTokens(it.content) + 4, 0);
  return words + estimateTokens(JSON.stringify(schema));
}
