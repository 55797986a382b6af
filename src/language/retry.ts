import { MorphError } from "../base/index.js";

/** Failures that may pass. */
const PASSING: ReadonlySet<string> = new Set([
  "language_unreachable",
  "language_rate_limit",
  "language_server",
  "language_protocol",
  "language_timeout",
  "language_too_long",
]);

/**
 * Failures that say something of the answer, and nothing of the endpoint: where they do not pass, the question stays
 * without an answer. All others end the search, which can be resumed.
 */
const OF_THE_ANSWER: ReadonlySet<string> = new Set(["language_timeout", "language_too_long"]);

export function mayPass(error: unknown): error is MorphError {
  return error instanceof MorphError && PASSING.has(error.code);
}

export function isOfTheAnswer(error: MorphError): boolean {
  return OF_THE_ANSWER.has(error.code);
}

const RETRY_AFTER = Symbol("retry after");

/** An error that carries how long an endpoint asked to wait. */
export function waitFor(error: MorphError, ms: number | undefined): MorphError {
  return ms === undefined ? error : Object.assign(error, { [RETRY_AFTER]: ms });
}

/** Milliseconds that an endpoint asked to wait, where it did. */
export function askedToWait(error: MorphError): number | undefined {
  return (error as MorphError & { readonly [RETRY_AFTER]?: number })[RETRY_AFTER];
}

/** `Retry-After` in seconds or as a date, or the header in milliseconds that some services send. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const precise = Number.parseFloat(headers["retry-after-ms"] ?? "");
  if (Number.isFinite(precise)) return Math.max(0, precise);
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, 1000 * seconds);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
