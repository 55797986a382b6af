#!/usr/bin/env node
// Prints `N passed, N failed` of vitest's JSON results, the last line of .ci/run. Exit code 1 where a test
// failed, a file could not be loaded, or nothing ran at all.
import { readFileSync } from "node:fs";

let results = { testResults: [] };
try {
  results = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
} catch {
  console.log("the tests left no results");
}
let passed = 0;
let failed = 0;
let skipped = 0;
for (const { status, assertionResults } of results.testResults) {
  const of = (wanted) => assertionResults.filter((it) => it.status === wanted).length;
  passed += of("passed");
  failed += of("failed");
  skipped += of("pending") + of("skipped") + of("todo") + of("disabled");
  // A file that fell over before its tests, or beside them, is a failure too.
  if (status === "failed" && of("failed") === 0) failed++;
}
if (skipped > 0) console.log(`${skipped} skipped (each says why above)`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
