#!/usr/bin/env node
// Runs a benchmark by name: npm run bench -- search-digits [args]. Without a name it lists them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL("./", import.meta.url);
// A benchmark is a file NAME.ts, or a folder with a main.ts.
const entries = new Map();
for (const file of readdirSync(here)) {
  if (file.endsWith(".ts") && !file.startsWith("lib")) entries.set(file.slice(0, -3), file);
  else if (existsSync(new URL(`${file}/main.ts`, here))) entries.set(file, `${file}/main.ts`);
}
const names = [...entries.keys()];
const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [args]\nbenchmarks: ${names.join(", ")}`);
  process.exit(2);
}
const folder = fileURLToPath(new URL("../node_modules/.cache/morph-bench/", here));
mkdirSync(folder, { recursive: true });
const outfile = `${folder}${name}.js`;
await build({
  entryPoints: [fileURLToPath(new URL(entries.get(name), here))],
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  outfile,
  logLevel: "error",
});
process.exit(spawnSync(process.execPath, [outfile, ...args], { stdio: "inherit" }).status ?? 1);
