/** Reading table cells: what counts as missing, as a number, as a date. */

/** A cell as CSV, JSON or Parquet gives it. */
export type Cell = string | number | bigint | boolean | Date | null | undefined;

/** Words for "no value", as pandas reads them by default, and the question mark of older data sets. */
const MISSING = new Set([
  "",
  "?",
  "#n/a",
  "<na>",
  "n/a",
  "na",
  "nan",
  "-nan",
  "null",
  "#na",
  "1.#ind",
  "1.#qnan",
  "-1.#ind",
  "-1.#qnan",
]);

/** `None` is a category in some tables (no damage, no filter) and stays one. */
export function isMissing(cell: Cell): boolean {
  if (cell === null || cell === undefined) return true;
  if (typeof cell === "number") return Number.isNaN(cell);
  if (typeof cell === "string") return cell.length <= 8 && MISSING.has(cell.trim().toLowerCase());
  if (cell instanceof Date) return Number.isNaN(cell.getTime());
  return false;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** The number that a cell holds, infinities included; undefined where it holds something else. */
export function numberOf(cell: Cell): number | undefined {
  if (typeof cell === "number") return cell;
  if (typeof cell === "bigint") return Number(cell);
  if (typeof cell !== "string" || cell.length > 64) return undefined;
  const text = cell.trim();
  if (NUMBER.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return undefined;
}

export function booleanOf(cell: Cell): boolean | undefined {
  if (typeof cell === "boolean") return cell;
  if (typeof cell !== "string") return undefined;
  const text = cell.trim().toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

const DAY_MS = 86_400_000;
const ISO =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?:(Z)|([+-])(\d{2}):?(\d{2}))?)?$/;
const NAMED = /^(?:(\d{1,2})[ -])?([A-Za-z]{3})[a-z]*\.?(?:[ -](\d{1,2}),?)?[ -](\d{4})$/;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * Days since 1970-01-01 UTC, for ISO dates (`2012-01-31`, `2012/01/31 17:05`, offsets read) and dates with
 * a named month (`Jan 31 2012`, `31 Jan 2012`). `01/02/2012` is not read: it means two different days.
 */
export function dateOf(cell: Cell): number | undefined {
  if (cell instanceof Date) return cell.getTime() / DAY_MS;
  if (typeof cell !== "string" || cell.length < 8 || cell.length > 40) return undefined;
  const text = cell.trim();
  const iso = ISO.exec(text);
  if (iso) {
    const [, y, m, d, hour, minute, second, , sign, offsetHour, offsetMinute] = iso;
    const days = dayOf(Number(y), Number(m), Number(d));
    if (days === undefined || Number(hour ?? 0) > 24 || Number(minute ?? 0) > 59) return undefined;
    const offset = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * (sign === "-" ? -1 : 1);
    const minutes = Number(hour ?? 0) * 60 + Number(minute ?? 0) - offset + Number(second ?? 0) / 60;
    return days + minutes / 1440;
  }
  const named = NAMED.exec(text);
  if (!named) return undefined;
  const [, before, month, after, year] = named;
  const index = MONTHS.indexOf((month ?? "").toLowerCase());
  return index < 0 ? undefined : dayOf(Number(year), index + 1, Number(before ?? after ?? 1));
}

function dayOf(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** The cell as a category's name. */
export function textOf(cell: Cell): string {
  if (cell instanceof Date) return cell.toISOString();
  return String(cell).trim();
}
