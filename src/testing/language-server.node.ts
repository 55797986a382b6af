import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json } from "../base/index.js";
import type { Completion, Message, Question, Transport } from "../language/index.js";

/** What a policy sees of a request: the protocol's own fields. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly seed?: number;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: { readonly name: string; readonly schema: Json };
  };
}

/** How a server answers a request. */
export type Reply =
  /** A chat completion; the usage is counted from the lengths, or kept back. */
  | {
      readonly kind: "answer";
      readonly content: string;
      readonly finish?: string;
      readonly refusal?: string;
      readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | "none";
    }
  /** Any status, headers and body. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** A reply that comes after a while. */
  | { readonly kind: "slow"; readonly ms: number; readonly reply: Reply }
  /** The connection is cut, at once or in the middle of a body. */
  | { readonly kind: "cut"; readonly after?: string }
  /** Never a word. */
  | { readonly kind: "silence" }
  /** A body without an end. */
  | { readonly kind: "flood" };

/**
 * How a server behaves: a function of the request, and of how many came before it. Policies are the models of the tests:
 * what they do is written down, so that what a search makes of it can be foretold.
 */
export type Policy = (request: ChatRequest, before: number) => Reply;

export interface ReceivedRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: ChatRequest;
}

/** A server on loopback that speaks chat completions and answers by a policy. */
export interface LanguageServer extends AsyncDisposable {
  /** Base address, with `/v1`. */
  readonly url: string;
  readonly received: readonly ReceivedRequest[];
  policy: Policy;
}

export async function startLanguageServer(policy: Policy, port = 0): Promise<LanguageServer> {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
        response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not found</h1>");
        return;
      }
      const body = JSON.parse(text) as ChatRequest;
      received.push({ path: request.url, authorization: request.headers.authorization, body });
      send(response, it.policy(body, received.length - 1), body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const it: LanguageServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    policy,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return it;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

function send(response: ServerResponse, reply: Reply, request: ChatRequest): void {
  if (response.destroyed) return;
  switch (reply.kind) {
    case "answer":
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(chat(reply, request)));
      return;
    case "status":
      response
        .writeHead(reply.status, { "content-type": "application/json", ...reply.headers })
        .end(reply.body);
      return;
    case "slow":
      setTimeout(() => send(response, reply.reply, request), reply.ms).unref();
      return;
    case "cut":
      if (reply.after === undefined) {
        response.destroy();
        return;
      }
      response.writeHead(200, { "content-type": "application/json", "content-length": "100000" });
      response.write(reply.after, () => response.destroy());
      return;
    case "silence":
      return;
    case "flood": {
      response.writeHead(200, { "content-type": "application/json" });
      const piece = " ".repeat(1 << 16);
      const pour = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once("drain", pour);
      };
      pour();
    }
  }
}

function chat(reply: Extract<Reply, { kind: "answer" }>, { model, messages }: ChatRequest): object {
  const { content, finish = "stop", refusal, usage } = reply;
  const counted = usage === undefined ? countTokens(messages, content) : usage;
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 0,
    model,
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: { role: "assistant", content, ...(refusal !== undefined && { refusal }) },
      },
    ],
    ...(counted !== "none" && {
      usage: { ...counted, total_tokens: counted.prompt_tokens + counted.completion_tokens },
    }),
  };
}

/** A token is four characters here. */
export function countTokens(messages: readonly Message[], content: string) {
  const prompt = messages.reduce((sum, it) => sum + it.content.length, 0);
  return { prompt_tokens: Math.ceil(prompt / 4), completion_tokens: Math.ceil(content.length / 4) };
}

/** A policy's answers without a server between: for suites that ask thousands of questions. */
export function policyTransport(policy: Policy): Transport {
  let before = 0;
  return {
    complete: async ({
      messages,
      seed,
      temperature,
      maxOutputTokens,
      schema,
      name,
    }: Question): Promise<Completion> => {
      const request: ChatRequest = {
        ...{ model: "policy", messages, seed, temperature, max_tokens: maxOutputTokens },
        response_format: { type: "json_schema", json_schema: { name, schema } },
      };
      const reply = policy(request, before++);
      if (reply.kind !== "answer")
        throw new Error(`a transport without a server cannot send a ${reply.kind}`);
      const { prompt_tokens, completion_tokens } = countTokens(messages, reply.content);
      return {
        text: reply.content,
        finish: "stop",
        usage: { inputTokens: prompt_tokens, outputTokens: completion_tokens },
      };
    },
  };
}
