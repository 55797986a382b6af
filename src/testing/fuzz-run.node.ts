import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface FuzzResult {
  readonly refused: number;
  readonly passed: number;
  readonly peakBytes: number;
  /** One line a failure: the number of the case and what happened. */
  readonly failures: readonly string[];
}

/** Memory of the process that reads: enough for every small model. */
const HEAP_MB = 384;
/** Twenty-five cases take a few milliseconds each. */
const SILENCE_MS = 60_000;

/** Run cases of one seed in a process of its own, whose heap and silence are bounded. */
export async function fuzzRun(
  program: string,
  seed: number,
  from: number,
  count: number,
): Promise<FuzzResult> {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, program, `${seed}`, `${from}`, `${count}`],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const failures: string[] = [];
  let result = { refused: 0, passed: 0, peakBytes: 0 };
  let last = from;
  let finished = false;
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = `${errors}${text}`.slice(-2000);
  });
  let timer = setTimeout(() => child.kill("SIGKILL"), SILENCE_MS);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), SILENCE_MS);
  };
  const closed = new Promise<void>((done) => child.once("close", () => done()));
  for await (const text of createInterface({ input: child.stdout })) {
    heard();
    const line = JSON.parse(text) as {
      at?: number;
      failed?: number;
      problems?: string[];
      done?: number;
      refused: number;
      passed: number;
      peakBytes: number;
    };
    if (line.at !== undefined) last = line.at;
    if (line.problems !== undefined)
      failures.push(`seed ${seed}, case ${line.failed}: ${line.problems.join("; ")}`);
    if (line.done !== undefined) {
      finished = true;
      result = { refused: line.refused, passed: line.passed, peakBytes: line.peakBytes };
    }
  }
  await closed;
  clearTimeout(timer);
  if (!finished)
    failures.push(`seed ${seed}, one of the 25 cases from ${last} on: the process ended or hung: ${errors}`);
  return { ...result, failures };
}
