import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";

/**
 * Bundle a TypeScript program, so that tests can run it as a process of its own. Packages stay outside; the
 * bundle lies in `node_modules/.cache`, from where they are found.
 */
export async function buildProgram(source: string): Promise<{ path: string; remove(): void }> {
  const { build } = await import("esbuild");
  const cache = resolve("node_modules/.cache/morph-tests");
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, "program-"));
  const path = join(directory, "program.mjs");
  await build({
    entryPoints: [source],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    // What package.json says of side effects holds for dist alone; from src, operators must install themselves.
    ignoreAnnotations: true,
    logLevel: "error",
  });
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A running program that talks in lines of JSON. */
export class Program {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;
  private errors = "";

  constructor(path: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new TypeError("the program has no output");
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.reader = createInterface({ input: stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** The next line; throws with what the program wrote to stderr where it ended instead. */
  async next(): Promise<unknown> {
    const { done, value } = await this.lines.next();
    if (done === true) throw new Error(`the program ended: ${this.errors}`);
    return JSON.parse(value);
  }

  /** All lines to the end. */
  async rest(): Promise<unknown[]> {
    const values: unknown[] = [];
    for (;;) {
      const { done, value } = await this.lines.next();
      if (done === true) return values;
      // A killed process may leave half a line.
      if (value.trim() !== "") values.push(JSON.parse(value));
    }
  }

  send(line = ""): void {
    this.child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves with exit code and standard error once the program has ended. */
  async end(signal?: NodeJS.Signals): Promise<{ code: number | null; errors: string }> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((done) => child.once("close", done));
      if (signal !== undefined) child.kill(signal);
      await gone;
    }
    return { code: child.exitCode, errors: this.errors };
  }
}
