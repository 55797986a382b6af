#!/usr/bin/env node
// Runs an example of this folder in a checkout, on any Node that the package supports:
//   node examples/run.js own-space [ARGUMENTS]
import { readdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { transform } from "esbuild";
import { ensureBuilt } from "../scripts/build.js";

const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
if (!names.includes(name)) {
  console.error(`usage: node examples/run.js NAME, one of ${names.join(", ")}`);
  process.exit(2);
}
const problem = await ensureBuilt();
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}

// Only the types go; `morphospace` is then this package by its own name.
const source = readFileSync(`${import.meta.dirname}/${name}.ts`, "utf8");
const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" });
const file = `${import.meta.dirname}/.${name}-${process.pid}.mjs`;
process.argv = [process.argv[0], file, ...rest];
await writeFile(file, code);
try {
  await import(file);
} finally {
  await rm(file, { force: true });
}
