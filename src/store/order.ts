import { ExitCode, fail } from "../base/index.js";
import type { TrialOrder, TrialQuery } from "./store.js";
import type { TrialRow } from "./trial.js";

/** What a trial is sorted by; undefined where it has no such figure. */
export function sortKey(row: TrialRow, order: TrialOrder): number | undefined {
  if (order === "trial") return row.trial;
  if (order === "score") return row.score;
  const { static: known } = row;
  if (typeof known !== "object" || known === null || Array.isArray(known)) return undefined;
  const value: unknown = Object.hasOwn(known, order) ? Reflect.get(known, order) : undefined;
  return typeof value === "number" ? value : undefined;
}

/** A page in order: trials without the figure last, equals by number. */
export function orderTrials(rows: readonly TrialRow[], query: TrialQuery): TrialRow[] {
  const { offset, limit, orderBy, descending } = checkQuery(query);
  const sign = descending ? -1 : 1;
  const compare = (a: TrialRow, b: TrialRow): number => {
    const ka = sortKey(a, orderBy);
    const kb = sortKey(b, orderBy);
    if (ka === undefined || kb === undefined)
      return ka === kb ? a.trial - b.trial : ka === undefined ? 1 : -1;
    return sign * (ka - kb) || a.trial - b.trial;
  };
  return [...rows].sort(compare).slice(offset, offset + limit);
}

/** A query with its defaults. @throws `trial_query` for a page that is no page */
export function checkQuery({ offset = 0, limit = 100, orderBy = "trial", descending = false }: TrialQuery) {
  for (const [path, value] of Object.entries({ offset, limit })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    const received = String(value);
    fail("trial_query", { path, expected: "a whole number from 0", received }, { exitCode: ExitCode.usage });
  }
  return { offset, limit, orderBy, descending };
}
