import type { JSONValue, LanguageModel, ModelMessage } from "ai";
import { issue, type Json, MorphError, messageOf } from "../base/index.js";
import type { Question } from "./exchange.js";
import { limitedFetch } from "./limited-fetch.js";
import { retryAfterMs, waitFor } from "./retry.js";
import type { LanguageSettings } from "./settings.js";
import type { Completion, Transport } from "./transport.js";

/** Which model, and where. */
export type Reached = Pick<LanguageSettings, "model"> & { readonly endpoint: string };

/** How an answer's form is asked for; endpoints that do not know the first are asked in the next. */
const FORMS = ["json_schema", "json_object", "text"] as const;

/** What an endpoint has shown not to take, in words of its own error; learned once, kept for the session. */
interface Manners {
  form: number;
  temperature: boolean;
  seed: boolean;
  /** OpenAI's newer models want another name for the length of the answer. */
  maxTokens: "max_tokens" | "max_completion_tokens";
}

/**
 * Chat completions over HTTP, by the `ai` library, which is loaded at the first question. The form of the answer is asked
 * for by the schema (`response_format`). Where an endpoint refuses a setting by name with status 400 or 422, it is asked
 * again without it.
 */
export function openAiTransport(settings: Reached, apiKey?: string): Transport {
  const manners: Manners = { form: 0, temperature: true, seed: true, maxTokens: "max_tokens" };
  return {
    async complete(question, signal) {
      for (;;) {
        try {
          return await once(settings, apiKey, manners, question, signal);
        } catch (error) {
          if (signal.aborted) throw error;
          const text = await refusedRequest(error);
          if (text !== undefined && concede(manners, text)) continue;
          throw await errorOf(error, settings.endpoint, apiKey);
        }
      }
    },
  };
}

async function once(
  settings: Reached,
  apiKey: string | undefined,
  manners: Manners,
  question: Question,
  signal: AbortSignal,
): Promise<Completion> {
  const { generateText, jsonSchema, NoObjectGeneratedError, Output } = await library();
  const form = FORMS[manners.form] ?? "text";
  const model = await modelOf(settings, apiKey, manners, form === "json_schema");
  const { messages, name, schema, seed, temperature, maxOutputTokens } = question;
  try {
    const { text, finishReason, totalUsage } = await generateText({
      model,
      messages: messages.map((it): ModelMessage => ({ role: it.role, content: it.content })),
      // All system messages are ours.
      allowSystemInMessages: true,
      maxRetries: 0,
      maxOutputTokens,
      abortSignal: signal,
      ...(manners.temperature && { temperature }),
      ...(manners.seed && seed !== undefined && { seed }),
      ...(form !== "text" && { output: Output.object({ schema: jsonSchema(schemaOf(schema)), name }) }),
      providerOptions: { morphospace: { strictJsonSchema: false } satisfies Record<string, JSONValue> },
    });
    return { text, finish: finishOf(finishReason), usage: usageOf(totalUsage) };
  } catch (error) {
    // What was said is looked at by those who asked; here it only has to have arrived.
    if (!NoObjectGeneratedError.isInstance(error) || error.text === undefined) throw error;
    return { text: error.text, finish: finishOf(error.finishReason), usage: usageOf(error.usage) };
  }
}

async function library() {
  // Its warnings go to the console; what an endpoint cannot do is seen to here.
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  return await import("ai");
}

async function modelOf(
  { endpoint, model }: Reached,
  apiKey: string | undefined,
  manners: Manners,
  supportsStructuredOutputs: boolean,
): Promise<LanguageModel> {
  const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
  const provider = createOpenAICompatible({
    name: "morphospace",
    baseURL: endpoint,
    apiKey,
    supportsStructuredOutputs,
    fetch: (input, init) => limitedFetch(input, init),
    transformRequestBody: ({ max_tokens, ...rest }) => ({ ...rest, [manners.maxTokens]: max_tokens }),
  });
  return provider.chatModel(model);
}

function schemaOf(schema: Json): Record<string, never> {
  return schema as Record<string, never>;
}

function finishOf(reason: string | undefined): Completion["finish"] {
  return reason === "stop" || reason === "length" || reason === "content-filter" ? reason : "other";
}

function usageOf(
  usage: { readonly inputTokens?: number; readonly outputTokens?: number } | undefined,
): Completion["usage"] {
  const { inputTokens, outputTokens } = usage ?? {};
  // An endpoint that does not count says zero, or nothing.
  if (inputTokens === undefined || outputTokens === undefined || inputTokens === 0) return undefined;
  return { inputTokens, outputTokens };
}

/** The words with which an endpoint refused a request as such. */
async function refusedRequest(error: unknown): Promise<string | undefined> {
  const { APICallError } = await library();
  if (!APICallError.isInstance(error)) return undefined;
  if (error.statusCode !== 400 && error.statusCode !== 422) return undefined;
  return `${error.message} ${error.responseBody ?? ""}`;
}

/** Gives up what an endpoint complains of; false where its complaint names nothing that could be given up. */
function concede(manners: Manners, text: string): boolean {
  if (/response_format|json_schema|json_object|structured/i.test(text) && manners.form < FORMS.length - 1) {
    manners.form++;
    return true;
  }
  if (/max_completion_tokens|max_tokens/.test(text) && manners.maxTokens === "max_tokens") {
    manners.maxTokens = "max_completion_tokens";
    return true;
  }
  for (const name of ["temperature", "seed"] as const) {
    if (text.includes(name) && manners[name]) {
      manners[name] = false;
      return true;
    }
  }
  return false;
}

/** What went wrong, as an error with cause and cure. The key is never part of it, whatever the endpoint says. */
async function errorOf(error: unknown, endpoint: string, apiKey: string | undefined): Promise<unknown> {
  const { APICallError } = await library();
  for (let it: unknown = error; it instanceof Error; it = it.cause) if (it instanceof MorphError) return it;
  if (!APICallError.isInstance(error)) {
    return made("language_protocol", endpoint, "an answer of a chat endpoint", messageOf(error), apiKey);
  }
  const { statusCode, responseHeaders = {}, responseBody } = error;
  const said = `${statusCode ?? ""} ${wordsOf(error.message, responseBody)}`.trim();
  const make = (code: string, expected: string, hint?: string) =>
    made(code, endpoint, expected, said, apiKey, hint);
  if (statusCode === undefined) {
    const cause = error.cause instanceof Error ? deepest(error.cause) : error.message;
    return made(
      "language_unreachable",
      endpoint,
      "an endpoint that answers",
      cause,
      apiKey,
      "start the server, or check --endpoint",
    );
  }
  if (statusCode === 401 || statusCode === 403) {
    return make(
      "language_unauthorized",
      apiKey === undefined ? "a key in MORPH_API_KEY or OPENAI_API_KEY" : "a key that the endpoint takes",
      "set MORPH_API_KEY to a valid key",
    );
  }
  if (statusCode === 404) {
    return make(
      "language_not_found",
      "the endpoint and the model",
      "check --endpoint (most end in /v1) and --model",
    );
  }
  if (statusCode === 429) {
    const wait = retryAfterMs(responseHeaders, Date.now());
    return waitFor(make("language_rate_limit", "a request within the endpoint's rate limit"), wait);
  }
  if (statusCode === 408 || statusCode === 409 || statusCode >= 500) {
    const wait = retryAfterMs(responseHeaders, Date.now());
    return waitFor(make("language_server", "an answer", "the endpoint has trouble; resume later"), wait);
  }
  if (statusCode < 400) {
    return make("language_protocol", "a chat completion as JSON", "is this the address of a chat endpoint?");
  }
  return make("language_request", "a request that the endpoint takes");
}

function made(
  code: string,
  path: string,
  expected: string,
  received: string,
  apiKey: string | undefined,
  hint?: string,
): MorphError {
  return new MorphError(issue(code, { path, expected, received: withoutKey(received, apiKey), hint }));
}

const SHOWN = 200;

function wordsOf(message: string, body: string | undefined): string {
  const text = message === "" ? (body ?? "") : message;
  return text.replace(/\s+/g, " ").slice(0, SHOWN);
}

/** Endpoints like to quote a wrong key, or the most of it. */
function withoutKey(text: string, apiKey: string | undefined): string {
  const bare = apiKey === undefined || apiKey === "" ? text : text.replaceAll(apiKey, "…");
  return bare.replace(/\b(sk|pk|key)-[\w*-]{6,}/g, "$1-…");
}

function deepest(error: Error): string {
  let it = error;
  while (it.cause instanceof Error) it = it.cause;
  if (it instanceof AggregateError && it.errors[0] instanceof Error) it = it.errors[0];
  return it.message === "" ? it.name : it.message;
}
