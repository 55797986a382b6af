/** The one door to language models: any endpoint that speaks OpenAI's chat completions. */
export { readAnswer, shown } from "./answer.js";
export { type Conversation, converse, type Settled } from "./converse.js";
export {
  type Exchange,
  estimateTokens,
  type Finish,
  hashOf,
  type Message,
  type Question,
  type Usage,
} from "./exchange.js";
export { type Asked, type Language, type LanguageOptions, openLanguage } from "./language.js";
export { openAiTransport } from "./open-ai.js";
export {
  checkEndpoint,
  checkSettings,
  type FullSettings,
  type LanguageSettings,
  type Prices,
} from "./settings.js";
export type { Spent } from "./spending.js";
export { fromLines, isExchange, memoryTranscript, type Transcript, toLine } from "./transcript.js";
export type { Completion, Transport } from "./transport.js";
