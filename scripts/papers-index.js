#!/usr/bin/env node
// Writes src/papers/catalogue.gen.ts, the list of all cards and reproductions, from the folders that there are.
// With --print it only shows the file; a test compares the two.
import { existsSync, readdirSync, writeFileSync } from "node:fs";

const PAPERS = new URL("../src/papers/", import.meta.url);
const folders = readdirSync(PAPERS, { withFileTypes: true })
  .filter((it) => it.isDirectory() && /^\d{3}-/.test(it.name))
  .map((it) => it.name)
  .sort();
const numberOf = (folder) => Number(folder.slice(0, 3));
const reproduced = folders.filter((it) => existsSync(new URL(`${it}/reproduction.ts`, PAPERS)));
const text = [
  "// Made by scripts/papers-index.js from the folders beside it. Do not edit.",
  ...folders.map((it) => `import { card as c${numberOf(it)} } from "./${it}/card.js";`),
  'import type { Card } from "./card.js";',
  'import type { Reproduction } from "./reproduction.js";',
  "",
  "/** A card with the name of its folder. */",
  "export interface Paper {",
  "  readonly slug: string;",
  "  readonly card: Card;",
  "}",
  "",
  "export const PAPERS: readonly Paper[] = [",
  ...folders.map((it) => `  { slug: "${it}", card: c${numberOf(it)} },`),
  "];",
  "",
  "/** Loads the experiment of a paper, by its number. */",
  "export const REPRODUCTIONS: ReadonlyMap<number, () => Promise<Reproduction>> = new Map([",
  ...reproduced.map(
    (it) => `  [${numberOf(it)}, async () => (await import("./${it}/reproduction.js")).reproduction],`,
  ),
  "]);",
  "",
].join("\n");
if (process.argv.includes("--print")) process.stdout.write(text);
else writeFileSync(new URL("catalogue.gen.ts", PAPERS), text);
