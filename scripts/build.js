#!/usr/bin/env node
// Makes dist/ from src/, in a checkout only (the published package holds dist/ and not this file).
//   node scripts/build.js          compiles with tsc: JavaScript and type declarations
//   ensureBuilt()                  called by bin/morph.js: strips the types with esbuild where dist/ is missing
//                                  or was made of other sources, so that a fresh clone needs no build step
// dist/ is made in a folder beside it and renamed, so two processes at once cannot see a half-written one.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = ".sources";

/**
 * Brings dist/ up to date with src/.
 * @param {string} [root] the checkout
 * @returns {Promise<string | undefined>} one line that says what is missing, or undefined
 */
export async function ensureBuilt(root = ROOT) {
  const sources = listSources(join(root, "src"));
  if (sources.length === 0) return undefined;
  const print = fingerprint(sources);
  if (stampOf(join(root, "dist")) === print) return undefined;
  let esbuild;
  try {
    esbuild = await import(pathToFileURL(createRequire(join(root, "package.json")).resolve("esbuild")).href);
  } catch {
    return "dist/ is missing or older than src/, and esbuild is not installed. Run npm install, then try again.";
  }
  process.stderr.write("morph: compiling src/ (once after each change)\n");
  const out = await freshFolder(root);
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: sources.filter(isCode).map((file) => file.path),
      outdir: out,
      outbase: join(root, "src"),
      format: "esm",
      platform: "node",
      target: "node20",
      bundle: false,
      logLevel: "silent",
    });
    await finish(root, sources, print, out);
  } catch (error) {
    await rm(out, { recursive: true, force: true });
    return `src/ could not be compiled: ${String(error instanceof Error ? error.message : error)
      .split("\n")
      .join(" ")}`;
  }
  return undefined;
}

/** JavaScript and declarations by the TypeScript compiler; its messages go to the terminal. */
async function compile(root) {
  const sources = listSources(join(root, "src"));
  const out = await freshFolder(root);
  const tsc = createRequire(join(root, "package.json")).resolve("typescript/bin/tsc");
  const run = spawnSync(
    process.execPath,
    [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", out, "--noEmitOnError"],
    { stdio: "inherit" },
  );
  if (run.status === 0) await finish(root, sources, fingerprint(sources), out);
  else await rm(out, { recursive: true, force: true });
  return run.status ?? 1;
}

async function freshFolder(root) {
  const out = join(root, `.dist-${process.pid}-${Date.now().toString(36)}`);
  await mkdir(out, { recursive: true });
  return out;
}

/** Copies what is no TypeScript, writes the stamp and moves the folder to its place. */
async function finish(root, sources, print, out) {
  for (const { path } of sources.filter((file) => !isTypeScript(file))) {
    const target = join(out, relative(join(root, "src"), path));
    await mkdir(dirname(target), { recursive: true });
    await cp(path, target);
  }
  await writeFile(join(out, STAMP), print);
  await moveToPlace(out, join(root, "dist"), print);
}

async function moveToPlace(out, dist, print) {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(out, dist);
      return;
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"].includes(error.code) || attempt > 20) throw error;
    }
    // Another process was faster with the same sources, unless this build has what that one lacks.
    if (stampOf(dist) === print && !(await hasDeclarations(out))) {
      await rm(out, { recursive: true, force: true });
      return;
    }
    const old = `${out}-old${attempt}`;
    try {
      await rename(dist, old);
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    await rm(old, { recursive: true, force: true });
  }
}

async function hasDeclarations(folder) {
  return (await readdir(folder, { recursive: true })).some((name) => name.endsWith(".d.ts"));
}

function stampOf(dist) {
  try {
    return readFileSync(join(dist, STAMP), "utf8");
  } catch {
    return undefined;
  }
}

function listSources(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts") && !entry.name.startsWith("."))
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const { mtimeMs, size } = statSync(path);
      return { path, mtimeMs, size };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Changes when a source is added, removed, edited, or put back to an older state. */
function fingerprint(sources) {
  const hash = createHash("sha256");
  for (const { path, mtimeMs, size } of sources)
    hash.update(`${relative(ROOT, path)}\0${mtimeMs}\0${size}\n`);
  return hash.digest("hex");
}

const isTypeScript = ({ path }) => path.endsWith(".ts");
const isCode = (file) => isTypeScript(file) && !file.path.endsWith(".d.ts");

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await compile(ROOT);
}
