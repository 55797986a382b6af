#!/usr/bin/env node
// Adds to package-lock.json the builds for other platforms that npm left out, so that `npm ci` takes the file
// everywhere. npm drops an optional package that its registry (a mirror, say) does not hold, and then refuses
// its own lock file. Run after `npm install PACKAGE`; it says what it added.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
const PLATFORM =
  /-(linux|darwin|win32|android|freebsd|openbsd)-(x64|arm64|arm|ia32|riscv64|s390x|ppc64)(?:-(musl|gnu))?/;

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const added = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    const platform = PLATFORM.exec(name);
    if (lock.packages[key] !== undefined || platform === null || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const [, os, cpu, libc] = platform;
    lock.packages[key] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      ...(os === "linux" ? { libc: [libc === "musl" ? "musl" : "glibc"] } : {}),
      license: parent.license,
      optional: true,
      os: [os],
      engines: parent.engines,
    };
    added.push(name);
  }
}
const root = lock.packages[""];
const sorted = Object.keys(lock.packages)
  .filter((key) => key !== "")
  .sort();
lock.packages = { "": root, ...Object.fromEntries(sorted.map((key) => [key, lock.packages[key]])) };
if (added.length > 0) writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `added ${added.join(", ")}` : "nothing is missing");
