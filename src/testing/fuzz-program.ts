/** A process that reads mutated models one after another: `SEED FROM COUNT`; one line of JSON a case worth telling. */
import { messageOf } from "../base/index.js";
import { fuzzInput, survive } from "./fuzz-case.js";

/** More than this for one small input is a blow-up. */
const MAX_GROWTH_BYTES = 200e6;
const MAX_MS = 2000;

const [seed = 0, from = 0, count = 0] = process.argv.slice(2).map(Number);
const say = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`);
const peak = () => process.resourceUsage().maxRSS * 1024;

// The first case pays for what is compiled and loaded once.
survive(fuzzInput(seed, from));
const outcomes = { refused: 0, passed: 0, failed: 0 };
for (let number = from; number < from + count; number++) {
  // Before the work: where the process dies, the parent knows where.
  if (number % 25 === 0 || number === from) say({ at: number });
  const before = peak();
  const bytes = fuzzInput(seed, number);
  const start = process.hrtime.bigint();
  const problems: string[] = [];
  try {
    outcomes[survive(bytes)]++;
  } catch (error) {
    problems.push(
      error instanceof Error ? `${error.name}: ${messageOf(error)}\n${error.stack}` : messageOf(error),
    );
  }
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (ms > MAX_MS) problems.push(`took ${Math.round(ms)} ms`);
  if (peak() - before > MAX_GROWTH_BYTES) problems.push(`grew by ${Math.round((peak() - before) / 1e6)} MB`);
  if (problems.length === 0) continue;
  outcomes.failed++;
  say({ failed: number, problems, bytes: bytes.length });
}
say({ done: count, ...outcomes, peakBytes: peak() });
