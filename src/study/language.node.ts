import {
  type Exchange,
  type Language,
  type LanguageSettings,
  openAiTransport,
  openLanguage,
  type Transcript,
} from "../language/index.js";
import { openStore } from "../store/index.js";
import { locate } from "./locate.node.js";
import { payloadOf } from "./payload.js";

/** How a search reaches a language model. */
export interface LanguageAccess extends LanguageSettings {
  /** Sent to the endpoint, written nowhere. */
  readonly apiKey?: string;
  /** Exchanges of another search, to answer from; without an `endpoint`, from them alone. */
  readonly recorded?: readonly Exchange[];
}

/** What of the access to a model may be another when a study is resumed: who answers is not. */
export type NewAccess = Partial<Omit<LanguageAccess, "model" | "temperature" | "maxOutputTokens">>;

/** What a study keeps of the access: all but the key and foreign exchanges. */
export function keptOf({ apiKey: _, recorded: __, ...settings }: LanguageAccess): LanguageSettings {
  return definedOf(settings);
}

/** The access of a study that is resumed. */
export function renewed(
  kept: LanguageSettings | undefined,
  given: NewAccess = {},
): LanguageAccess | undefined {
  return kept === undefined ? undefined : { ...kept, ...definedOf(given) };
}

export function languageOf(access: LanguageAccess, transcript?: Transcript): Language {
  const { apiKey, recorded, endpoint } = access;
  const settings = keptOf(access);
  return openLanguage({
    settings,
    recorded,
    transcript,
    ...(endpoint !== undefined && { transport: openAiTransport({ ...settings, endpoint }, apiKey) }),
  });
}

/**
 * What a study asked of language models, in order; of one trial where its number is given.
 * @throws `unknown_study`
 */
export async function readTranscript(
  nameOrDir: string,
  { dir, trial }: { readonly dir?: string; readonly trial?: number } = {},
): Promise<readonly Exchange[]> {
  const place = locate(nameOrDir, dir);
  await using store = await openStore(place.dir, { create: false });
  const exchanges: Exchange[] = [];
  for await (const { event } of store.read(place.name)) {
    if (event.kind !== "exchanged") continue;
    const exchange = payloadOf<Exchange>(event.exchange);
    if (trial === undefined || exchange.question.key.startsWith(`trial ${trial}/`)) exchanges.push(exchange);
  }
  return exchanges;
}

function definedOf<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
