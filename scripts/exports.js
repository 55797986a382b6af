#!/usr/bin/env node
// Writes the `exports` of package.json: the package itself and every room that has a door. The command line
// is reached by its binary, base by what the package itself re-exports. With --print it only shows them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const ROOT = new URL("../", import.meta.url);
const PRIVATE = new Set(["base", "cli"]);

/** `types` come first, as TypeScript wants it. */
function exportsMap() {
  const rooms = readdirSync(new URL("src/", ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !PRIVATE.has(entry.name))
    .map((entry) => entry.name)
    .filter((room) => existsSync(new URL(`src/${room}/index.ts`, ROOT)))
    .sort();
  const door = (path) => ({ types: `./dist/${path}index.d.ts`, default: `./dist/${path}index.js` });
  return {
    ".": door(""),
    ...Object.fromEntries(rooms.map((room) => [`./${room}`, door(`${room}/`)])),
    "./package.json": "./package.json",
  };
}

const exports = exportsMap();
if (process.argv.includes("--print")) console.log(JSON.stringify(exports));
else {
  const file = new URL("package.json", ROOT);
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
}
