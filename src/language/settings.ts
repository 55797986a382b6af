import { ExitCode, fail } from "../base/index.js";

/** Prices in the currency that `maxCost` is in, a million tokens. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

/** How a model is reached and what may be spent on it. Plain JSON; the key is not part of it. */
export interface LanguageSettings {
  /**
   * Base address of an endpoint that speaks OpenAI's chat completions, such as `http://localhost:11434/v1`. Without one
   * all answers must be in the transcript.
   */
  readonly endpoint?: string;
  readonly model: string;
  /** 0 (the default) where the model should always answer the same. */
  readonly temperature?: number;
  /** Longest answer, in tokens. Default 4096. */
  readonly maxOutputTokens?: number;
  /** After so long without a whole answer an attempt is given up. Default 120,000. */
  readonly timeoutMs?: number;
  /** Attempts after the first, where the endpoint does not answer, is busy or fails. Default 4. */
  readonly retries?: number;
  /** Wait before the first of them, doubled each time; where the endpoint says when to come back, that holds. Default 1,000. */
  readonly retryDelayMs?: number;
  /** Longest wait that an endpoint may ask for. Default 60,000. */
  readonly maxWaitMs?: number;
  /** Ceiling of tokens, those of questions and answers together. */
  readonly maxTokens?: number;
  /** Ceiling of costs; needs `prices`. */
  readonly maxCost?: number;
  readonly prices?: Prices;
}

type Optional = "endpoint" | "maxTokens" | "maxCost" | "prices";
export type FullSettings = Required<Omit<LanguageSettings, Optional>> & Pick<LanguageSettings, Optional>;

const DEFAULTS = {
  temperature: 0,
  maxOutputTokens: 4096,
  timeoutMs: 120_000,
  retries: 4,
  retryDelayMs: 1_000,
  maxWaitMs: 60_000,
} as const;

/** Settings with their defaults. @throws `language_settings`, a usage error */
export function checkSettings(given: LanguageSettings): FullSettings {
  const endpoint = given.endpoint === undefined ? undefined : checkEndpoint(given.endpoint);
  const all = { ...DEFAULTS, ...defined(given), ...(endpoint !== undefined && { endpoint }) };
  const { model, maxCost, prices } = all;
  if (typeof model !== "string" || model.trim() === "")
    refuse("model", "the name of a model", JSON.stringify(model) ?? "nothing", "give --model NAME");
  const positive = ["maxOutputTokens", "timeoutMs", "maxTokens", "maxCost"] as const;
  for (const name of positive) {
    const value = all[name];
    if (value !== undefined && !(value > 0)) refuse(name, "a number above zero", String(value));
  }
  for (const name of ["temperature", "retries", "retryDelayMs", "maxWaitMs"] as const) {
    if (!(Number.isFinite(all[name]) && all[name] >= 0))
      refuse(name, "a number from 0 on", String(all[name]));
  }
  for (const [name, value] of Object.entries(prices ?? {})) {
    if (!(Number.isFinite(value) && value >= 0))
      refuse(`prices.${name}`, "a number from 0 on", String(value));
  }
  if (maxCost !== undefined && prices === undefined) {
    refuse(
      "maxCost",
      "the prices of a million tokens",
      "none",
      "give --prices IN,OUT, such as 0.15,0.60, or --max-tokens instead",
    );
  }
  return all;
}

/** An address without credentials: it is written down with the study. */
export function checkEndpoint(endpoint: string): string {
  const expected = "an address such as http://localhost:11434/v1";
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    return refuse("endpoint", expected, String(endpoint));
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") refuse("endpoint", expected, url.protocol);
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    refuse(
      "endpoint",
      "an address without a user, a password or a query",
      "one with",
      "the key belongs into the environment: MORPH_API_KEY",
    );
  }
  return endpoint.replace(/\/+$/, "");
}

function defined(given: LanguageSettings): LanguageSettings {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...given, ...Object.fromEntries(entries) };
}

function refuse(path: string, expected: string, received: string, hint?: string): never {
  return fail("language_settings", { path, expected, received, hint }, { exitCode: ExitCode.usage });
}
