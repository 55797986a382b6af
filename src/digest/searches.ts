import { ExitCode, fail, hashJson } from "../base/index.js";
import type { Ledger } from "../store/index.js";
import { cleanText } from "./entry.js";

const KIND = "search";
const MAX_CHARACTERS = 200;

/** Keeps a search; false where it is kept already. Upper and lower case are the same. */
export function saveSearch(ledger: Ledger, text: string, nowMs: number): boolean {
  const query = checked(text, "--save");
  return ledger.add(KIND, { key: keyOf(query), state: "saved", body: { query }, atMs: nowMs });
}

/** @throws `no_such_search` */
export function forgetSearch(ledger: Ledger, text: string): void {
  if (ledger.remove(KIND, keyOf(checked(text, "--forget")))) return;
  fail("no_such_search", { path: text, hint: "list them with --searches" }, { exitCode: ExitCode.usage });
}

/** In alphabetical order. */
export function savedSearches(ledger: Ledger): string[] {
  return ledger
    .list(KIND)
    .flatMap(({ body }) =>
      typeof body === "object" && body !== null && "query" in body && typeof body.query === "string"
        ? [body.query]
        : [],
    )
    .sort();
}

function checked(text: string, option: string): string {
  const query = cleanText(text, MAX_CHARACTERS + 1);
  if (query.length <= MAX_CHARACTERS && /[\p{L}\p{N}]{2}/u.test(query)) return query;
  return fail(
    "bad_value",
    {
      path: option,
      expected: `words, at most ${MAX_CHARACTERS} characters`,
      received: JSON.stringify(query.slice(0, 60)),
    },
    { exitCode: ExitCode.usage },
  );
}

function keyOf(query: string): string {
  return hashJson(query.toLowerCase());
}
