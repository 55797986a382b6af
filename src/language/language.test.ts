/** Against a real server on loopback: what serves, what hinders, and what is written down of both. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, issue, MorphError } from "../base/index.js";
import {
  type LanguageServer,
  type Policy,
  type Reply,
  startLanguageServer,
} from "../testing/language-server.node.js";
import {
  type Asked,
  converse,
  type Exchange,
  fromLines,
  type Language,
  type LanguageSettings,
  memoryTranscript,
  openAiTransport,
  openLanguage,
  readAnswer,
  type Transcript,
  toLine,
} from "./index.js";
import { checkSettings } from "./settings.js";

const KEY = "sk-secret-4711-abcdef";
const SCHEMA = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
const QUESTION: Asked = {
  key: "trial 0/0",
  name: "number",
  schema: SCHEMA,
  messages: [
    { role: "system", content: "You name numbers." },
    { role: "user", content: "Name one." },
  ],
};
const answer = (content: string, more: Partial<Extract<Reply, { kind: "answer" }>> = {}): Reply => ({
  kind: "answer",
  content,
  ...more,
});
const always =
  (reply: Reply): Policy =>
  () =>
    reply;
/** The replies one after the other, the last for ever. */
const inTurn =
  (...replies: readonly Reply[]): Policy =>
  (_request, before) =>
    replies[Math.min(before, replies.length - 1)] ?? { kind: "silence" };

let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer(always(answer('{"n": 1}')));
});
afterAll(() => server[Symbol.asyncDispose]());

interface Opened {
  readonly language: Language;
  readonly transcript: Transcript;
  /** Requests that came to the server since. */
  requests(): typeof server.received;
}

function open(
  policy: Policy,
  settings: Partial<LanguageSettings> = {},
  from: readonly Exchange[] = [],
): Opened {
  const began = server.received.length;
  server.policy = (request, before) => policy(request, before - began);
  const all = { endpoint: server.url, model: "tester", retryDelayMs: 1, timeoutMs: 60_000, ...settings };
  const transcript = memoryTranscript(from);
  const language = openLanguage({
    settings: all,
    transport: openAiTransport(all, KEY),
    transcript,
  });
  return { language, transcript, requests: () => server.received.slice(began) };
}

async function refusal(promise: Promise<unknown>): Promise<MorphError> {
  const error = await promise.then(
    () => undefined,
    (it: unknown) => it,
  );
  expect(error).toBeInstanceOf(MorphError);
  return error as MorphError;
}

describe("a question", () => {
  it("goes out as the protocol has it, and its answer is written down whole", async () => {
    const { language, transcript, requests } = open(always(answer('{"n": 7}')), { temperature: 0.5 });
    const exchange = await language.ask({ ...QUESTION, seed: 3 });
    expect(readAnswer(exchange)).toEqual({ value: { n: 7 } });
    expect(requests()).toHaveLength(1);
    expect(requests()[0]).toMatchObject({
      authorization: `Bearer ${KEY}`,
      body: {
        ...{ model: "tester", temperature: 0.5, seed: 3, max_tokens: 4096, messages: QUESTION.messages },
        response_format: {
          type: "json_schema",
          json_schema: { name: "number", schema: SCHEMA, strict: false },
        },
      },
    });
    expect([...transcript.exchanges()]).toEqual([exchange]);
    expect(exchange).toMatchObject({
      ...{ answer: '{"n": 7}', finish: "stop", attempts: [], question: QUESTION },
      usage: { inputTokens: 7, outputTokens: 2, estimated: false },
    });
    expect(canonicalJson([...transcript.exchanges()])).not.toContain(KEY);
  });

  it("is asked once: a transcript answers it from then on, in this session and in another", async () => {
    const first = open(always(answer('{"n": 7}')));
    const exchange = await first.language.ask(QUESTION);
    expect(await first.language.ask(QUESTION)).toEqual(exchange);
    expect(first.requests()).toHaveLength(1);
    const text = [...first.transcript.exchanges()].map(toLine).join("");
    const second = open(always({ kind: "silence" }), {}, fromLines(text, "t.jsonl"));
    expect(await second.language.ask(QUESTION)).toEqual(exchange);
    expect(second.requests()).toHaveLength(0);
    expect(second.language.spent).toEqual(first.language.spent);
  });

  it("is another question in another place, to another model, or with other words", async () => {
    const { language, requests } = open(always(answer('{"n": 7}')));
    await language.ask(QUESTION);
    await language.ask({ ...QUESTION, key: "trial 1/0" });
    await language.ask({ ...QUESTION, messages: QUESTION.messages.slice(1) });
    expect(requests()).toHaveLength(3);
  });

  it("without a transport is answered by the transcript or not at all", async () => {
    const { language, transcript } = open(always(answer('{"n": 7}')));
    const exchange = await language.ask(QUESTION);
    const replay = openLanguage({ settings: { endpoint: server.url, model: "tester" }, transcript });
    expect(await replay.ask(QUESTION)).toEqual(exchange);
    const error = await refusal(replay.ask({ ...QUESTION, key: "trial 9/0" }));
    expect(error.issue).toMatchObject({ code: "transcript_missing", path: "trial 9/0" });
  });

  it("stops at once where it is told to", async () => {
    const { language, transcript } = open(always({ kind: "silence" }));
    const stop = new AbortController();
    const asked = language.ask(QUESTION, stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(asked).rejects.toThrow("enough");
    expect([...transcript.exchanges()]).toEqual([]);
    const waiting = open(always({ kind: "status", status: 503, body: "" }), { retryDelayMs: 60_000 });
    const during = new AbortController();
    const retried = waiting.language.ask(QUESTION, during.signal);
    setTimeout(() => during.abort(new Error("enough")), 200);
    await expect(retried).rejects.toThrow("enough");
  });
});

describe("an endpoint that does not serve", () => {
  const status = (code: number, body = "{}", headers = {}): Reply => ({
    kind: "status",
    status: code,
    body,
    headers,
  });

  it("is asked again after 429, when it says so, after 500, a cut line and half a body", async () => {
    const { language, requests } = open(
      inTurn(
        status(429, '{"error":{"message":"slow down"}}', { "retry-after-ms": "120" }),
        status(500, "oops"),
        { kind: "cut" },
        { kind: "cut", after: '{"id": "chatcmpl-1", "choices": [' },
        answer('{"n": 7}'),
      ),
    );
    const began = performance.now();
    const exchange = await language.ask(QUESTION);
    expect(performance.now() - began).toBeGreaterThan(115);
    expect(requests()).toHaveLength(5);
    expect(exchange.answer).toBe('{"n": 7}');
    expect(exchange.attempts.map(({ code }) => code)).toEqual([
      ...["language_rate_limit", "language_server", "language_unreachable", "language_unreachable"],
    ]);
    expect(exchange.attempts[0]?.received).toContain("slow down");
  });

  it("is given up after the retries, or where it wants to be left alone for too long", async () => {
    const down = open(always(status(503, "down")), { retries: 2 });
    expect((await refusal(down.language.ask(QUESTION))).issue).toMatchObject({
      code: "language_server",
      received: expect.stringContaining("503"),
      hint: expect.stringContaining("resume"),
    });
    expect(down.requests()).toHaveLength(3);
    expect([...down.transcript.exchanges()]).toEqual([]);
    const busy = open(always(status(429, "{}", { "retry-after": "3600" })));
    expect((await refusal(busy.language.ask(QUESTION))).code).toBe("language_rate_limit");
    expect(busy.requests()).toHaveLength(1);
  });

  it("is named with its cure where the key, the address or the request is wrong", async () => {
    const said = `{"error":{"message":"Incorrect API key provided: ${KEY}. Also sk-secret-4711-******"}}`;
    const unauthorized = open(always(status(401, said)));
    const error = await refusal(unauthorized.language.ask(QUESTION));
    expect(error.issue).toMatchObject({ code: "language_unauthorized", path: server.url });
    expect(error.message).toContain("MORPH_API_KEY");
    expect(JSON.stringify(error.issue) + error.message).not.toMatch(/secret|4711/);
    expect(unauthorized.requests()).toHaveLength(1);
    const lost = open(always(answer("{}")), { endpoint: `${server.url}/elsewhere` });
    expect((await refusal(lost.language.ask(QUESTION))).code).toBe("language_not_found");
    const odd = open(always(status(400, '{"error":{"message":"context length exceeded"}}')));
    expect((await refusal(odd.language.ask(QUESTION))).message).toContain("context length exceeded");
    expect(odd.requests()).toHaveLength(1);
  });

  it("is said to be unreachable where nothing listens", async () => {
    const closed = await startLanguageServer(always(answer("{}")));
    await closed[Symbol.asyncDispose]();
    const { language } = open(always(answer("{}")), { endpoint: closed.url, retries: 1 });
    const error = await refusal(language.ask(QUESTION));
    expect(error.issue).toMatchObject({ code: "language_unreachable", path: closed.url });
    expect(error.message).toContain("--endpoint");
  });

  it("is said to be none where it sends a web page or wants to send the key elsewhere", async () => {
    const page = open(always(status(200, "<html>Welcome</html>")), { retries: 1 });
    expect((await refusal(page.language.ask(QUESTION))).code).toBe("language_protocol");
    const moved = open(always(status(302, "", { location: "http://127.0.0.1:9/" })), { retries: 0 });
    expect((await refusal(moved.language.ask(QUESTION))).code).toBe("language_protocol");
  });

  it("is asked without what it does not know", async () => {
    const picky: Policy = (request) => {
      const complain = (text: string) => status(400, JSON.stringify({ error: { message: text } }));
      if (request.response_format?.type === "json_schema")
        return complain("response_format must be json_object");
      if (request.max_tokens !== undefined) return complain("use max_completion_tokens");
      if (request.temperature !== undefined) return complain("temperature is not supported");
      return answer('{"n": 7}');
    };
    const { language, requests } = open(picky);
    await language.ask(QUESTION);
    expect(requests()).toHaveLength(4);
    expect(requests()[3]?.body).toMatchObject({
      max_completion_tokens: 4096,
      response_format: { type: "json_object" },
    });
    await language.ask({ ...QUESTION, key: "next" });
    expect(requests()).toHaveLength(5);
    const plain = open((request) =>
      request.response_format === undefined
        ? answer('{"n": 8}')
        : status(422, "unknown field response_format"),
    );
    expect(readAnswer(await plain.language.ask(QUESTION))).toEqual({ value: { n: 8 } });
  });
});

describe("an answer", () => {
  const issueOf = async (reply: Reply, settings: Partial<LanguageSettings> = {}) => {
    const { language, transcript } = open(always(reply), settings);
    const exchange = await language.ask(QUESTION);
    expect([...transcript.exchanges()]).toEqual([exchange]);
    const read = readAnswer(exchange);
    return "issue" in read ? read.issue : read.value;
  };

  it("that is none is an exchange, too, and says why", async () => {
    const cases: readonly (readonly [Reply, string])[] = [
      [answer("I am sorry, but I cannot help with that."), "answer_refusal"],
      [answer("", { refusal: "I cannot." }), "answer_refusal"],
      [answer('{"n": 1', { finish: "content_filter" }), "answer_refusal"],
      [answer(""), "answer_empty"],
      [answer('{"n": 1', { finish: "length" }), "answer_truncated"],
      [answer('{"n": 1'), "answer_not_json"],
      [answer('The best is {"n": 1}.'), "answer_not_json"],
    ];
    for (const [reply, code] of cases) expect(await issueOf(reply), code).toMatchObject({ code });
    expect(await issueOf({ kind: "flood" }, { retries: 0 })).toMatchObject({ code: "language_too_long" });
    const late = await issueOf({ kind: "silence" }, { retries: 1, timeoutMs: 60 });
    expect(late).toMatchObject({ code: "language_timeout", expected: "a whole answer within 0.06 s" });
    const slow: Reply = { kind: "slow", ms: 400, reply: answer('{"n": 1}') };
    expect(await issueOf(slow, { retries: 0, timeoutMs: 60 })).toMatchObject({ code: "language_timeout" });
    expect(await issueOf(slow)).toEqual({ n: 1 });
  });

  it("may come in a code fence, and after thoughts", async () => {
    expect(await issueOf(answer('```json\n{"n": 1}\n```'))).toEqual({ n: 1 });
    expect(await issueOf(answer('<think>{"n": 2}?</think>\n\n{"n": 1}'))).toEqual({ n: 1 });
  });

  it("that is not acceptable is given back with the reason, a few times", async () => {
    const { language, requests } = open(inTurn(answer("No."), answer('{"n": "one"}'), answer('{"n": 1}')));
    const accept = (value: unknown) => {
      const { n } = value as { n?: unknown };
      return typeof n === "number" ? { n } : issue("wrong", { expected: "a number", received: "a word" });
    };
    const settled = await converse(language, { ...QUESTION, key: "k", tries: 3, accept });
    expect(settled.value).toEqual({ n: 1 });
    expect(settled.refusals.map(({ code }) => code)).toEqual(["answer_refusal", "wrong"]);
    const last = requests().at(-1)?.body.messages ?? [];
    expect(last).toHaveLength(4);
    expect(last[2]).toEqual({ role: "assistant", content: '{"n": "one"}' });
    expect(last[3]?.content).toContain("wrong: expected a number, received a word");
    const never = open(always(answer("No.")));
    const nothing = await converse(never.language, { ...QUESTION, key: "k", tries: 3, accept: () => ({}) });
    expect(nothing.value).toBeUndefined();
    expect(nothing.refusals).toHaveLength(3);
    expect(never.requests()).toHaveLength(3);
  });
});

describe("ceilings", () => {
  it("of tokens hold: answers become shorter, then no question goes out", async () => {
    const { language, requests } = open(always(answer('{"n": 1}')), { maxTokens: 600, maxOutputTokens: 300 });
    for (let i = 0; ; i++) {
      const error = await language.ask({ ...QUESTION, key: `k/${i}` }).then(
        () => undefined,
        (it: unknown) => it as MorphError,
      );
      if (error === undefined) continue;
      expect(error.issue).toMatchObject({ code: "language_budget", path: "--max-tokens" });
      expect(error.exitCode).toBe(4);
      break;
    }
    const { inputTokens, outputTokens } = language.spent;
    expect(inputTokens + outputTokens).toBeLessThanOrEqual(600);
    expect(inputTokens + outputTokens).toBeGreaterThan(400);
    const asked = requests().map(({ body }) => body.max_tokens ?? 0);
    expect(asked[0]).toBe(300);
    expect(asked.at(-1)).toBeLessThan(120);
  });

  it("of costs hold, and count what a transcript holds", async () => {
    const prices = { input: 1_000, output: 10_000 };
    const answers = always(answer('{"n": 1}', { usage: { prompt_tokens: 100, completion_tokens: 40 } }));
    const limits = { prices, maxCost: 1.6, maxOutputTokens: 64 };
    const { language, transcript } = open(answers, limits);
    await language.ask({ ...QUESTION, key: "k/0" });
    expect(language.spent.cost).toBeCloseTo(0.5, 10);
    await language.ask({ ...QUESTION, key: "k/1" });
    expect((await refusal(language.ask({ ...QUESTION, key: "k/2" }))).issue).toMatchObject({
      ...{ code: "language_budget", path: "--max-cost" },
    });
    const resumed = open(answers, limits, [...transcript.exchanges()]);
    expect(resumed.language.spent).toEqual(language.spent);
    expect((await refusal(resumed.language.ask({ ...QUESTION, key: "k/2" }))).code).toBe("language_budget");
    expect(resumed.requests()).toHaveLength(0);
    const raised = open(answers, { ...limits, maxCost: 3 }, [...transcript.exchanges()]);
    await raised.language.ask({ ...QUESTION, key: "k/2" });
    expect(raised.requests()).toHaveLength(1);
  });

  it("count what was cut off, and estimate what an endpoint does not count", async () => {
    const { language } = open(inTurn({ kind: "silence" }, answer('{"n": 1}', { usage: "none" })), {
      timeoutMs: 60,
    });
    const { usage, attempts } = await language.ask(QUESTION);
    expect(attempts.map(({ code }) => code)).toEqual(["language_timeout"]);
    expect(usage.estimated).toBe(true);
    expect(usage.inputTokens).toBeGreaterThan(60);
    expect(usage.outputTokens).toBe(3);
  });
});

describe("settings", () => {
  it("that make no sense are usage errors with a cure", () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ endpoint: "localhost" }, /endpoint/],
      [{ endpoint: "ftp://localhost/v1" }, /endpoint/],
      [{ endpoint: "http://me:secret@localhost/v1" }, /MORPH_API_KEY/],
      [{ model: " " }, /--model NAME/],
      [{ maxTokens: 0 }, /maxTokens/],
      [{ maxCost: 1 }, /--prices/],
      [{ prices: { input: -1, output: 1 } }, /prices\.input/],
      [{ retries: -1 }, /retries/],
    ];
    for (const [settings, text] of wrong) {
      const call = () => checkSettings({ endpoint: "http://localhost/v1", model: "m", ...settings });
      expect(call).toThrow(text);
      expect(call).not.toThrow(/secret/);
    }
    expect(checkSettings({ endpoint: "http://localhost/v1/", model: "m" }).endpoint).toBe(
      "http://localhost/v1",
    );
  });
});

describe("transcript files", () => {
  it("survive a line that was cut off, and name one that is damaged", async () => {
    const { language, transcript } = open(always(answer('{"n": 7}')));
    for (const key of ["a", "b"]) await language.ask({ ...QUESTION, key });
    const text = [...transcript.exchanges()].map(toLine).join("");
    expect(fromLines(text, "t")).toHaveLength(2);
    expect(fromLines(text.slice(0, -20), "t")).toHaveLength(1);
    expect(() => fromLines(`{"a": 1}\n${text}`, "t.jsonl")).toThrow(/transcript_corrupt at t\.jsonl:1/);
    expect(() => fromLines(`${text.slice(0, 30)}\n${text}`, "t.jsonl")).toThrow(/t\.jsonl:1/);
  });
});
