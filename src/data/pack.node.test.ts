import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDataset } from "./open.node.js";

let folder = "";
let script = "";
const ROWS = 100_000;
const WIDTH = 1000;

/** Run in processes of their own: their limits and their memory are what is tested. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pack-test-"));
  script = join(folder, "open.mjs");
  await build({
    stdin: {
      contents: `
        import { openDataset } from "./open.node.ts";
        import { readFileSync } from "node:fs";
        // Peak of this program alone; getrusage also counts the process that it was forked from.
        const peakKb = () => Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
        const [path, options] = process.argv.slice(2);
        try {
          const data = await openDataset(path, JSON.parse(options));
          const { train } = data.splits;
          for (let i = 0; i + 64 <= train.length; i += 6400) {
            await train.read(Array.from({ length: 64 }, (_, k) => (i * 31 + k * 977) % train.length));
          }
          console.log(JSON.stringify({ inMemory: data.inMemory, hash: data.hash, peakKb: process.platform === "linux" ? peakKb() : 0 }));
          await data[Symbol.asyncDispose]();
        } catch (error) {
          console.log(JSON.stringify({ code: error.code, message: error.message }));
        }`,
      resolveDir: import.meta.dirname,
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    outfile: script,
  });
  // The bundle finds packages through the folder above it.
  execFileSync("ln", ["-s", join(process.cwd(), "node_modules"), join(folder, "node_modules")]);
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${ROWS}, ${WIDTH / 40}, 40), }\n`;
  const head = Buffer.alloc(10);
  head.set([0x93, ...Buffer.from("NUMPY"), 1, 0]);
  head.writeUInt16LE(header.length, 8);
  await writeFile(
    join(folder, "x.npy"),
    Buffer.concat([head, Buffer.from(header), Buffer.alloc(ROWS * WIDTH, 7)]),
  );
  const labels = `{'descr': '|u1', 'fortran_order': False, 'shape': (${ROWS},), }\n`;
  head.writeUInt16LE(labels.length, 8);
  await writeFile(
    join(folder, "y.npy"),
    Buffer.concat([
      head,
      Buffer.from(labels),
      Buffer.from(Uint8Array.from({ length: ROWS }, (_, i) => i % 2)),
    ]),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  code?: string;
  message?: string;
  inMemory?: boolean;
  hash?: string;
  peakKb?: number;
}

function open(path: string, options: object, wrap = ""): Outcome {
  const command = `${wrap} exec "${process.execPath}" "${script}" "${path}" '${JSON.stringify(options)}'`;
  const { stdout, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Outcome;
}

test.skipIf(process.platform !== "linux")(
  "a file of 100 MB beyond a bound of 1 MB is read with little memory",
  () => {
    const path = join(folder, "x.npy");
    const base = open("barley", {}).peakKb ?? 0;
    const whole = open(path, {});
    const streamed = open(path, { memoryBoundBytes: 1_000_000 });
    const more = ({ peakKb = 0 }: Outcome) => Math.round((peakKb - base) / 1000);
    console.log(`memory beside that of a tiny table: whole ${more(whole)} MB, streamed ${more(streamed)} MB`);
    expect(whole.inMemory).toBe(true);
    expect(streamed.inMemory).toBe(false);
    expect(streamed.hash).toBe(whole.hash);
    expect(more(whole)).toBeGreaterThan(100);
    expect(more(streamed)).toBeLessThan(Math.min(100, more(whole) - 40));
  },
);

test("a disk that is full while packing: one line, no half file", async () => {
  // A limit on the size of written files stands for the full disk; the cause is told apart by nobody.
  const limit = "ulimit -f 20000;";
  const cacheDir = join(folder, "cache");
  const path = join(folder, "x.npy");
  for (const options of [{ cacheDir }, { cacheDir, memoryBoundBytes: 1000 }]) {
    const { code, message } = open(path, options, limit);
    expect(code).toBe("disk_full");
    expect(message).toContain(cacheDir);
    expect(message).not.toContain("\n");
    expect(await readdir(cacheDir)).toEqual([]);
  }
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith("morphospace-")).length;
  expect(open(path, { memoryBoundBytes: 1000 }, limit).code).toBe("disk_full");
  const after = (await readdir(tmpdir())).filter((name) => name.startsWith("morphospace-")).length;
  expect(after).toBeLessThanOrEqual(before);
});

test("a cache folder that cannot be made", async () => {
  await writeFile(join(folder, "taken"), "");
  await expect(openDataset("penguins", { cacheDir: join(folder, "taken") })).rejects.toMatchObject({
    code: "write_failed",
  });
});

test("many processes that pack at once end with one whole file", async () => {
  const cacheDir = join(folder, "shared");
  const opened = await Promise.all(Array.from({ length: 6 }, () => openDataset("cars", { cacheDir })));
  expect(new Set(opened.map(({ hash }) => hash)).size).toBe(1);
  expect(await readdir(cacheDir)).toHaveLength(1);
  for (const data of opened) await data[Symbol.asyncDispose]();
});
