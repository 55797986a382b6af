import type { Finish, Question } from "./exchange.js";

/** What an endpoint gave back. */
export interface Completion {
  readonly text: string;
  readonly finish: Finish;
  /** As the endpoint counted; absent where it did not. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
}

/**
 * One attempt at a question: no retries, no transcript, no ceilings; these are the business of `Language`. Throws a
 * MorphError; its code says whether it is worth another attempt (see `retry.ts`).
 */
export interface Transport {
  complete(question: Question, signal: AbortSignal): Promise<Completion>;
}
