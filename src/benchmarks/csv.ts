import Papa from "papaparse";
import { refuse, type Table, tableOf } from "./table.js";

/** A table from CSV: a header, then the network's key and its numbers. @throws `table_csv`, `table_row`, `table_empty` */
export function tableFromCsv(text: string): Table {
  const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: true });
  const [problem] = errors.filter((it) => it.code !== "UndetectableDelimiter");
  if (problem !== undefined) {
    refuse("table_csv", `row ${(problem.row ?? 0) + 1}`, "comma-separated values", problem.message);
  }
  const [header, ...rows] = data;
  if (header === undefined || header.length < 2) {
    refuse(
      "table_csv",
      "row 1",
      "a header with the key and at least one column",
      `${header?.length ?? 0} names`,
    );
  }
  return tableOf(
    header.slice(1).map((name) => name.trim()),
    rows.map(([key = "", ...cells]) => ({ key: key.trim(), cells })),
  );
}
