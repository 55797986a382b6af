/** What benchmarks share: running the command line, and writing results down with what they were made on. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, platform } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = process.cwd();

/** Run `morph` with `--json`; the document it prints, and the whole process's seconds. */
export async function morph<T>(
  args: readonly string[],
): Promise<{ readonly document: T; readonly seconds: number }> {
  const began = performance.now();
  const options = { maxBuffer: 1 << 28 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "bin/morph.js"), ...args, "--json"],
    options,
  );
  const document: T = JSON.parse(stdout);
  return { document, seconds: (performance.now() - began) / 1000 };
}

export function meanAndStd(values: readonly number[]): { readonly mean: number; readonly std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, std: Math.sqrt(variance) };
}

/** Write `bench/results/NAME.json`. */
export async function record(name: string, result: object): Promise<void> {
  const manifest: { version: string; dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const context = {
    benchmark: name,
    date: new Date().toISOString().slice(0, 10),
    morphospace: manifest.version,
    onnxruntime: manifest.dependencies["onnxruntime-node"],
    node: process.version,
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${platform()}`,
    // Above the number of cores, other work was running: times are then too long.
    loadAverageAtEnd: loadavg().map((x) => Math.round(x * 100) / 100),
  };
  await mkdir(join(root, "bench/results"), { recursive: true });
  await writeFile(
    join(root, `bench/results/${name}.json`),
    `${JSON.stringify({ ...context, ...result }, null, 2)}\n`,
  );
  console.log(JSON.stringify(result, null, 2));
}
