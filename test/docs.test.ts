/** README, docs and examples say what is so: links, options and pictures exist, and the programs in them run. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { OptionSpec } from "../src/cli/command.js";
import { COMMANDS, SUBCOMMANDS } from "../src/cli/commands.js";
import { GLOBAL_OPTIONS } from "../src/cli/help.js";

const ROOT = join(import.meta.dirname, "..");
const IMAGE_BYTES = 200_000;

const pages = [
  "README.md",
  "CHANGELOG.md",
  "bench/README.md",
  ...readdirSync(join(ROOT, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
].map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts"));
const commands = await Promise.all([...COMMANDS, ...SUBCOMMANDS].map((it) => it.load()));

interface Block {
  readonly info: string;
  readonly line: number;
  readonly code: string;
}

/** Fenced blocks of a page; `line` is that of the fence. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const info = /^```(.*)$/.exec(lines[at] ?? "")?.[1];
    if (info === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    blocks.push({ info, line: at + 1, code: lines.slice(at + 1, end).join("\n") });
    at = end;
  }
  return blocks;
}

function proseOf(text: string): string {
  return text.replace(/^```.*\n[\s\S]*?^```$/gm, "");
}

const runnable = pages.flatMap(({ path, text }) =>
  blocksOf(text).flatMap((block) => (block.info === "ts run" ? [{ path, ...block }] : [])),
);

describe("links and pictures", () => {
  /** As GitHub makes them of headings. */
  const anchorsOf = (text: string) =>
    [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    );

  it.each(pages)("of $path lead somewhere", ({ path, text }) => {
    const broken = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
      if (!existsSync(target)) return [link];
      return anchor === undefined || anchorsOf(readFileSync(target, "utf8")).includes(anchor) ? [] : [link];
    });
    expect(broken).toEqual([]);
  });

  it("show pictures that are there, small, and all in use", () => {
    const shown = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, link = ""]) =>
        resolve(ROOT, dirname(path), link),
      ),
    );
    const there = readdirSync(join(ROOT, "docs/images"), { recursive: true, withFileTypes: true })
      .filter((it) => it.isFile())
      .map((it) => join(it.parentPath, it.name));
    expect(shown.length).toBeGreaterThan(0);
    expect([...new Set(shown)].sort()).toEqual(there.sort());
    for (const file of there) expect(statSync(file).size, file).toBeLessThan(IMAGE_BYTES);
  });

  it("cover every page of docs", () => {
    const index = readFileSync(join(ROOT, "docs/README.md"), "utf8");
    const linked = pages.map(({ text }) => text).join("\n");
    const hidden = pages.flatMap(({ path }) =>
      path.startsWith("docs/") && path !== "docs/README.md" && !linked.includes(`${relative("docs", path)}`)
        ? [path]
        : [],
    );
    expect(hidden).toEqual([]);
    expect(index).toContain("getting-started.md");
  });
});

describe("the command line", () => {
  const namesOf = (options: readonly OptionSpec[]) =>
    options.flatMap(({ flags }) => flags.match(/(?<![\w-])-{1,2}[a-z][\w-]*/g) ?? []);
  const everywhere = [...namesOf(GLOBAL_OPTIONS), "-V", "--version"];
  const optionsOf = (name: string) => {
    const command = commands.find((it) => it.name === name);
    return command && [...everywhere, ...namesOf(command.options ?? [])];
  };

  it("is described as it is", () => {
    const wanted = execFileSync(process.execPath, [join(ROOT, "scripts/cli-docs.js"), "--print"], {
      encoding: "utf8",
    });
    expect(readFileSync(join(ROOT, "docs/cli.md"), "utf8"), "run node scripts/cli-docs.js").toBe(wanted);
  });

  it.each(pages)("has every command and option that $path uses", ({ text }) => {
    const shell = blocksOf(text).flatMap(({ info, code }) =>
      info === "sh" ? code.replaceAll("\\\n", " ").split("\n") : [],
    );
    const inline = [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
    const wrong: string[] = [];
    for (const line of [...shell, ...inline]) {
      const [call = ""] = line.split("  #");
      const [, first, second] = /(?:^|&& )(?:npx )?morph ([a-z]+)(?: ([a-z]+))?/.exec(call) ?? [];
      if (first === undefined) continue;
      const pair = `${first} ${second ?? ""}`;
      const name = SUBCOMMANDS.some((it) => it.name === pair) ? pair : first;
      const known = optionsOf(name);
      if (known === undefined) wrong.push(line);
      for (const option of call.match(/(?<=\s)--?[a-z][\w-]*/g) ?? []) {
        if (known !== undefined && !known.includes(option)) wrong.push(`${option} in: ${line}`);
      }
    }
    const all = commands.flatMap(({ name }) => optionsOf(name) ?? []);
    for (const option of inline.flatMap((code) => /^--[a-z][\w-]*/.exec(code) ?? [])) {
      if (!all.includes(option)) wrong.push(option);
    }
    expect(wrong).toEqual([]);
  });
});

describe("the errors in docs/faq.md", () => {
  it("are errors of the program", () => {
    const text = readFileSync(join(ROOT, "docs/faq.md"), "utf8");
    const rows = /\| code \| cure \|\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? "";
    const codes = [...rows.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(15);
    const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(ROOT, "src", name), "utf8"))
      .join("\n");
    // `unknownName("space", …)` makes unknown_space.
    const made = (code: string) =>
      new RegExp(`unknownName\\(\\s*"${code.replace("unknown_", "")}"`).test(sources);
    expect(codes.filter((code) => !sources.includes(`"${code}"`) && !made(code))).toEqual([]);
  });
});

describe("the figures of the README", () => {
  it("are those of bench/results", () => {
    const wanted = execFileSync(process.execPath, [join(ROOT, "scripts/figures.js"), "--print"], {
      encoding: "utf8",
    });
    expect(readFileSync(join(ROOT, "README.md"), "utf8"), "run node scripts/figures.js").toBe(wanted);
  });
});

describe("programs", () => {
  const folder = join(ROOT, `.docs-test-${process.pid}`);
  const home = process.cwd();
  const argv = process.argv;
  let work = "";
  const fileOf = (path: string, line: number) => join(folder, `${path.replace(/\W+/g, "-")}-${line}.ts`);

  beforeAll(() => {
    // Worker processes run the compiled sources.
    execFileSync(process.execPath, [join(ROOT, "bin/morph.js"), "--version"]);
    mkdirSync(folder);
    for (const { path, line, code } of runnable) writeFileSync(fileOf(path, line), `${code}\n\nexport {};\n`);
    work = mkdtempSync(join(tmpdir(), "morph-docs-"));
  });
  afterAll(() => {
    process.chdir(home);
    process.argv = argv;
    rmSync(folder, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
  });

  /** Runs a program as a user would, in a folder of its own or one that earlier programs left things in. */
  async function run(file: string, args: readonly string[] = []): Promise<string> {
    const said: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...parts: unknown[]) => {
      said.push(parts.join(" "));
    });
    process.chdir(work);
    process.argv = [argv[0] ?? "node", file, ...args];
    try {
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    } finally {
      log.mockRestore();
      process.chdir(home);
    }
    return said.join("\n");
  }

  it("are there, each beside its page", () => {
    expect(runnable.length).toBeGreaterThan(6);
    const blocks = pages.flatMap(({ text }) => blocksOf(text));
    expect(blocks.filter(({ info }) => /^(ts|js|typescript|javascript)$/.test(info))).toEqual([]);
  });

  it("have no type errors, in docs and examples", () => {
    const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(
      { ...config.config, include: [], files: [] },
      ts.sys,
      ROOT,
    );
    const roots = [
      ...runnable.map(({ path, line }) => fileOf(path, line)),
      ...examples.map((name) => join(ROOT, "examples", name)),
    ];
    const program = ts.createProgram(roots, options);
    const errors = roots.flatMap((root) => {
      const source = program.getSourceFile(root);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(
      errors.map((it) => `${it.file?.fileName}: ${ts.flattenDiagnosticMessageText(it.messageText, " ")}`),
    ).toEqual([]);
  });

  it("train an architecture and write it as ONNX", async () => {
    const said = await run(join(ROOT, "examples/train-and-export.ts"), ["mlp", "penguins", "3"]);
    expect(said).toMatch(/mlp\.onnx: [01]\.\d+ on test data/);
    writeFileSync(join(work, "best.onnx"), readFileSync(join(work, "mlp.onnx")));
  });

  it("use an exported network, and count its costs", async () => {
    expect(await run(join(ROOT, "examples/run-onnx.ts"))).toMatch(/^\d+ of 34 right$/);
    expect(await run(join(ROOT, "examples/inspect-costs.ts"))).toMatch(
      /ms a run at batch 1 on 1 thread\nGemm/,
    );
  });

  it("differentiate", async () => {
    expect(await run(join(ROOT, "examples/gradients.ts"))).toMatch(/2,4,6$/);
  });

  it.each(runnable)("of $path at line $line run", async ({ path, line }) => {
    expect(await run(fileOf(path, line))).not.toBe("");
  });
});
