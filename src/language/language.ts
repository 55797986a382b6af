import { fail, type Issue, issue, MorphError, pause } from "../base/index.js";
import {
  type Exchange,
  estimateInput,
  estimateTokens,
  hashOf,
  type Question,
  type Usage,
} from "./exchange.js";
import { askedToWait, isOfTheAnswer, mayPass } from "./retry.js";
import { checkSettings, type FullSettings, type LanguageSettings } from "./settings.js";
import { Spending, type Spent } from "./spending.js";
import { memoryTranscript, type Transcript } from "./transcript.js";
import type { Completion, Transport } from "./transport.js";

/** A question as it is put: settings fill the rest in. */
export type Asked = Omit<Question, "temperature" | "maxOutputTokens"> &
  Partial<Pick<Question, "temperature" | "maxOutputTokens">>;

/** A language model behind an endpoint: the only way by which the product talks to one. */
export interface Language {
  readonly model: string;
  /** Tokens and costs so far, those of the transcript included. */
  readonly spent: Spent;
  /**
   * Ask, unless the transcript has the answer. An exchange without an answer that could be used is one, too: what a model
   * said, or that it said nothing in time, is for the asker to judge (`readAnswer`).
   * @throws `language_unreachable`, `language_unauthorized`, `language_not_found`, `language_rate_limit`,
   * `language_server`, `language_request`, `language_protocol` where the endpoint does not serve, also after retries;
   * `language_budget` where a ceiling would be passed; `transcript_missing` in a replay; the signal's reason
   */
  ask(question: Asked, signal?: AbortSignal): Promise<Exchange>;
}

export interface LanguageOptions {
  readonly settings: LanguageSettings;
  /** What carries the questions; without one, all answers must be in the transcript. */
  readonly transport?: Transport;
  /** Where exchanges are kept; what is there is not asked again. */
  readonly transcript?: Transcript;
  /** Exchanges of other searches, to answer from; those that are used are kept in the transcript, too. */
  readonly recorded?: Iterable<Exchange>;
}

/** Language over a transport: transcript, ceilings, timeouts and retries. */
export function openLanguage(options: LanguageOptions): Language {
  const { settings, transport, transcript = memoryTranscript(), recorded = [] } = options;
  return new Speaker(checkSettings(settings), transport, transcript, memoryTranscript(recorded));
}

class Speaker implements Language {
  private readonly spending: Spending;

  constructor(
    private readonly settings: FullSettings,
    private readonly transport: Transport | undefined,
    private readonly transcript: Transcript,
    private readonly recorded: Transcript,
  ) {
    this.spending = new Spending(settings);
    this.spending.addAll(transcript.exchanges());
  }

  get model(): string {
    return this.settings.model;
  }

  get spent(): Spent {
    return this.spending.spent;
  }

  async ask(asked: Asked, signal?: AbortSignal): Promise<Exchange> {
    const { model, temperature, maxOutputTokens } = this.settings;
    const question: Question = { temperature, maxOutputTokens, ...asked };
    const hash = hashOf(model, question);
    const known = this.transcript.find(question.key, hash);
    if (known !== undefined) return known;
    signal?.throwIfAborted();
    const recorded = this.recorded.find(question.key, hash);
    if (recorded !== undefined) {
      await this.transcript.add(recorded);
      return recorded;
    }
    if (this.transport === undefined) return notRecorded(question, model);
    const outcome = await this.attempt(question, this.transport, signal);
    const exchange: Exchange = { format: "morph.exchange/1", model, hash, question, ...outcome };
    await this.transcript.add(exchange);
    this.spending.add(exchange);
    return exchange;
  }

  /** Attempts until one is answered. What was cut off may have cost something: it is counted by its length. */
  private async attempt(
    question: Question,
    transport: Transport,
    signal?: AbortSignal,
  ): Promise<Pick<Exchange, "answer" | "finish" | "usage" | "attempts" | "problem">> {
    const { retries, retryDelayMs, maxWaitMs } = this.settings;
    const attempts: Issue[] = [];
    let lost: Usage = { inputTokens: 0, outputTokens: 0, estimated: false };
    const input = estimateInput(question);
    for (let retry = 0; ; retry++) {
      try {
        const maxOutputTokens = this.spending.allow(input, lost);
        const completion = await this.inTime({ ...question, maxOutputTokens }, transport, signal);
        const usage = sum(lost, usageOf(completion, input));
        return { answer: completion.text, finish: completion.finish, usage, attempts };
      } catch (error) {
        const last = attempts.at(-1);
        // What was lost before a ceiling was reached has to be written down, too.
        if (lost.inputTokens > 0 && last !== undefined && codeOf(error) === "language_budget")
          return { answer: null, finish: "other", usage: lost, attempts, problem: last };
        if (!mayPass(error)) throw error;
        const { code } = error;
        if (isOfTheAnswer(error)) lost = sum(lost, { inputTokens: input, outputTokens: 0, estimated: true });
        const wait = askedToWait(error) ?? retryDelayMs * 2 ** retry;
        if (retry >= retries || wait > maxWaitMs) {
          if (isOfTheAnswer(error))
            return { answer: null, finish: "other", usage: lost, attempts, problem: plain(error) };
          throw error;
        }
        attempts.push(plain(error));
        await pause(code === "language_timeout" ? 0 : wait, signal);
      }
    }
  }

  private async inTime(question: Question, transport: Transport, signal?: AbortSignal): Promise<Completion> {
    const { timeoutMs, endpoint, model } = this.settings;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      return await transport.complete(
        question,
        signal === undefined ? late : AbortSignal.any([signal, late]),
      );
    } catch (error) {
      signal?.throwIfAborted();
      if (!late.aborted) throw error;
      return fail(
        "language_timeout",
        {
          path: endpoint ?? model,
          expected: `a whole answer within ${timeoutMs / 1000} s`,
          received: "none",
          hint: "allow more time, or a shorter answer",
        },
        { cause: error },
      );
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof MorphError ? error.code : undefined;
}

/** An error's issue as plain JSON. */
function plain({ issue: it }: MorphError): Issue {
  return { ...issue(it.code, it) };
}

function usageOf({ text, usage }: Completion, input: number): Usage {
  if (usage !== undefined) return { ...usage, estimated: false };
  return { inputTokens: input, outputTokens: estimateTokens(text), estimated: true };
}

function sum(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    estimated: a.estimated || b.estimated,
  };
}

function notRecorded({ key }: Question, model: string): never {
  return fail("transcript_missing", {
    path: key,
    expected: `what ${model} answered to this question`,
    received: "no such exchange in the transcript",
    hint: "the search, its seed or its version differ from those of the transcript; give --endpoint to ask anew",
  });
}
