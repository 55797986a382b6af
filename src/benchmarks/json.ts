import { messageOf } from "../base/index.js";
import { refuse, type Table, type TableCell, tableOf } from "./table.js";

/**
 * A table from JSON: an object from keys to records of numbers, `{"1111111": {"mean": 91.7, "flops": …}, …}`.
 * Lists of numbers become columns `name_0`, `name_1`, …; what is neither is left out.
 * @throws `table_json`, `table_row`, `table_empty`
 */
export function tableFromJson(text: string): Table {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    refuse("table_json", "table", "valid JSON", messageOf(error));
  }
  if (!isRecord(parsed)) {
    refuse("table_json", "table", "an object from networks to their measurements", kindOf(parsed));
  }
  const names = new Map<string, number>();
  const rows: { key: string; cells: TableCell[] }[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    if (!isRecord(value)) refuse("table_json", key, "an object of measurements", kindOf(value));
    const cells: TableCell[] = [];
    for (const [name, number] of numbersOf(value)) {
      const at = names.get(name) ?? names.size;
      names.set(name, at);
      cells[at] = number;
    }
    rows.push({ key, cells });
  }
  // Records need not all have the same fields.
  const filled = rows.map(({ key, cells }) => ({
    key,
    cells: Array.from(names.values(), (at) => cells[at]),
  }));
  return tableOf([...names.keys()], filled);
}

function* numbersOf(record: Readonly<Record<string, unknown>>): Generator<[string, number]> {
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === "number") yield [name, value];
    else if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
      yield [name, Number(value)];
    else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) if (typeof item === "number") yield [`${name}_${i}`, item];
    }
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
}
