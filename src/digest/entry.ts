/** One entry of a feed, clean and bounded, whatever the feed was. */
export interface Entry {
  /** As the source names it: `2304.10970`. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly authors: readonly string[];
  /** Where to read it; always http or https. */
  readonly url: string;
  /** Absent where the feed has no votes. */
  readonly votes?: number;
  readonly comments?: number;
  readonly publishedAtMs: number;
}

/** What a feed says of an entry, before it is checked. */
export interface RawEntry {
  readonly id: unknown;
  readonly title: unknown;
  readonly summary: unknown;
  readonly authors: readonly unknown[];
  readonly link?: unknown;
  readonly votes?: unknown;
  readonly comments?: unknown;
  readonly published: unknown;
}

/** Entries of a feed, and how many of its entries could not be used. */
export interface Feed {
  readonly format: "daily-papers" | "atom";
  readonly entries: readonly Entry[];
  readonly skipped: number;
}

/** Entries of one feed that are read. */
export const MAX_ENTRIES = 2_000;
const MAX_TITLE = 300;
const MAX_SUMMARY = 4_000;
const MAX_AUTHORS = 50;
const MAX_NAME = 100;
const MAX_COUNT = 1e9;

/** The entry, or undefined where it has no usable id, title or date. */
export function entryOf(raw: RawEntry): Entry | undefined {
  const id = typeof raw.id === "string" ? raw.id.trim().replace(/v\d+$/, "") : "";
  const title = cleanText(raw.title, MAX_TITLE);
  const publishedAtMs = dateOf(raw.published);
  if (!/^[A-Za-z0-9][\w.\-/]{0,63}$/.test(id) || title === "" || publishedAtMs === undefined)
    return undefined;
  const votes = countOf(raw.votes);
  const comments = countOf(raw.comments);
  return {
    id,
    title,
    summary: cleanText(raw.summary, MAX_SUMMARY),
    authors: raw.authors
      .slice(0, MAX_AUTHORS)
      .map((name) => cleanText(name, MAX_NAME))
      .filter((name) => name !== ""),
    url: webAddress(raw.link) ?? `https://arxiv.org/abs/${id}`,
    ...(votes !== undefined && { votes }),
    ...(comments !== undefined && { comments }),
    publishedAtMs,
  };
}

/** One entry an id: of several the one with most votes, at the place of the first. */
export function withoutRepeats(entries: readonly Entry[]): Entry[] {
  const byId = new Map<string, Entry>();
  for (const entry of entries) {
    const known = byId.get(entry.id);
    if (known === undefined || (entry.votes ?? 0) > (known.votes ?? 0)) byId.set(entry.id, entry);
  }
  return [...byId.values()];
}

/**
 * Text on one line: control characters, marks that turn the direction of writing and lone surrogates are taken out,
 * white space becomes single blanks, what is longer is cut at a whole character.
 */
export function cleanText(value: unknown, maxCharacters: number): string {
  if (typeof value !== "string") return "";
  // Cut first: a hostile megabyte is not worth cleaning.
  const text = value
    .slice(0, maxCharacters * 8)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\uFFFD]/gu, "")
    .trim();
  const characters = [...text];
  if (characters.length <= maxCharacters) return text;
  return `${characters
    .slice(0, maxCharacters - 1)
    .join("")
    .trimEnd()}…`;
}

function countOf(value: unknown): number | undefined {
  const valid = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return valid ? Math.min(value, MAX_COUNT) : undefined;
}

/** RFC 3339, as both feeds write their dates. */
function dateOf(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const text = value.trim();
  const ms = form.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function webAddress(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 2_000 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const web =
    (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === "";
  return web ? url.href : undefined;
}
