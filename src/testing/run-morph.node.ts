/** Runs the real binary as a user would: its own process, pipes instead of a terminal. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const MORPH = fileURLToPath(new URL("../../bin/morph.js", import.meta.url));

export interface MorphRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface MorphOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts `morph`; colours of the environment are taken away, so texts are the same everywhere. */
export function startMorph(
  args: readonly string[],
  { cwd, env = {} }: MorphOptions = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [MORPH, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs `morph` to its end. */
export function runMorph(args: readonly string[], options: MorphOptions = {}): Promise<MorphRun> {
  const begun = performance.now();
  const child = startMorph(args, options);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr, ms: performance.now() - begun }));
  });
}
