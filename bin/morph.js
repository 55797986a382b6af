#!/usr/bin/env node
// Starts the compiled command line. In a checkout it first makes sure that dist/ matches src/.
import { existsSync } from "node:fs";
import module from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: morph needs Node 20.19 or newer, this is ${process.versions.node}. Install a newer Node.\n`,
  );
  process.exit(1);
}

const builder = new URL("../scripts/build.js", import.meta.url);
if (existsSync(builder)) {
  const { ensureBuilt } = await import(builder.href);
  const problem = await ensureBuilt();
  if (problem !== undefined) {
    process.stderr.write(`error: ${problem}\n`);
    process.exit(1);
  }
}

module.enableCompileCache?.();
await import("../dist/cli/main.js");
