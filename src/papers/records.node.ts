import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson, fail, messageOf } from "../base/index.js";
import { writeArtifact } from "../store/index.js";
import type { RunRecord } from "./record.js";

/** Where the recorded results of this package lie. */
export function recordsDirectory(): string {
  return fileURLToPath(new URL("../../reproductions/", import.meta.url));
}

const nameOf = (paper: number) => `${String(paper).padStart(3, "0")}.json`;

/** The recorded result of a paper; undefined where it has none. @throws `reproduction_record` for a damaged one */
export function readRecord(paper: number, directory = recordsDirectory()): RunRecord | undefined {
  const path = join(directory, nameOf(paper));
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    const record = JSON.parse(text) as RunRecord;
    if (record.schema === "morph.reproduce/1" && record.paper === paper) return record;
  } catch (error) {
    return fail(
      "reproduction_record",
      { path, expected: "JSON", received: messageOf(error) },
      { cause: error },
    );
  }
  return fail("reproduction_record", { path, expected: `a result of paper ${paper}, morph.reproduce/1` });
}

/** All recorded results, by number of the paper. */
export function readRecords(directory = recordsDirectory()): ReadonlyMap<number, RunRecord> {
  let names: readonly string[] = [];
  try {
    names = readdirSync(directory).filter((it) => /^\d{3}\.json$/.test(it));
  } catch {
    // No experiment was recorded.
  }
  const out = new Map<number, RunRecord>();
  for (const name of [...names].sort()) {
    const record = readRecord(Number(name.slice(0, 3)), directory);
    if (record !== undefined) out.set(record.paper, record);
  }
  return out;
}

/** Writes the result whole or not at all. */
export async function writeRecord(record: RunRecord, directory = recordsDirectory()): Promise<string> {
  const path = join(directory, nameOf(record.paper));
  const parsed = JSON.parse(canonicalJson(record)) as unknown;
  await writeArtifact(path, `${JSON.stringify(parsed, null, 1)}\n`);
  return path;
}
