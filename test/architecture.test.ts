/**
 * The order of the house. A file imports only from lower floors; rooms on one floor do not see each other;
 * another room is entered by its index.ts, or by its portable.ts, which shows what runs anywhere. Node's own
 * modules and ONNX Runtime stay in files that say so in their names. Tests may climb.
 */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "..", "src");

const FLOORS: readonly (readonly string[])[] = [
  ["base"],
  ["ir", "schema"],
  ["ops"],
  ["onnx", "passes", "autodiff"],
  ["runtime"],
  ["nn", "data", "language"],
  ["train"],
  ["zoo", "tasks"],
  ["spaces", "encodings", "cost"],
  ["strategies", "evaluators", "compress", "retrieval", "generate", "analysis", "store"],
  ["study", "cluster", "benchmarks", "browser", "digest"],
  ["report", "papers"],
  ["cli", "studio", "testing"],
];
/** Stands for src/index.ts, the library's door: it sees every room but those of the top floor. */
const DOOR = "index.ts";

interface Import {
  readonly specifier: string;
  readonly line: number;
}

interface SourceFile {
  /** Path in src/, with slashes. */
  readonly path: string;
  readonly room: string;
  readonly imports: readonly Import[];
  /** What the language allows and this house does not, with the line. */
  readonly taboos: readonly string[];
}

function floorOf(room: string): number {
  return room === DOOR ? FLOORS.length - 1 : FLOORS.findIndex((rooms) => rooms.includes(room));
}

function readSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imports: Import[] = [];
  const taboos: string[] = [];
  const lineOf = (node: ts.Node) => tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineOf(node) });
    const taboo = tabooOf(node);
    if (taboo !== undefined) taboos.push(`${path}:${lineOf(node)}: ${taboo}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  for (const [i, line] of text.split("\n").entries()) {
    if (/@ts-(ignore|nocheck|expect-error)|biome-ignore/.test(line) && !path.endsWith(".gen.ts")) {
      taboos.push(`${path}:${i + 1}: a check is switched off`);
    }
  }
  return { path, room: path.includes("/") ? (path.split("/")[0] ?? "") : DOOR, imports, taboos };
}

function specifierOf(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return ts.isStringLiteral(node.argument.literal) ? node.argument.literal.text : undefined;
  }
  return undefined;
}

function tabooOf(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "any";
  if (ts.isNonNullExpression(node)) return "a non-null assertion (!)";
  if (ts.isExportAssignment(node)) return "a default export";
  if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isStatement(node.parent)) return "a default export";
  if (ts.isAsExpression(node) && ts.isAsExpression(node.expression)) {
    if (node.expression.type.kind === ts.SyntaxKind.UnknownKeyword) return "as unknown as";
  }
  return undefined;
}

function sourcesOf(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => readSource(relative(folder, file).replaceAll("\\", "/"), readFileSync(file, "utf8")));
}

/** Each edge between rooms that the order does not allow, in words. */
function forbiddenEdges(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier, line }) => {
    if (!specifier.startsWith(".")) return [];
    const target = join(dirname(file.path), specifier).replaceAll("\\", "/");
    const where = `${file.path}:${line} imports ${target}`;
    if (target.startsWith("..")) return file.room === "cli" ? [] : [`${where}: outside of src/`];
    const room = target.includes("/") ? (target.split("/")[0] ?? "") : DOOR;
    if (room === file.room) return [];
    const from = floorOf(file.room);
    const to = floorOf(room);
    if (to < 0 || from < 0) return [`${where}: a room that has no floor`];
    if (to > from) return [`${where}: climbs from floor ${from} to ${to}`];
    if (to === from) return [`${where}: rooms of one floor do not see each other`];
    const doors = [`${room}/index.js`, `${room}/portable.js`];
    return doors.includes(target) ? [] : [`${where}: enter ${room} by its index.ts`];
  });
}

const NODE_MODULES = new Set(builtinModules);

/** Imports of Node's modules and of ONNX Runtime in files that must run anywhere. */
function platformImports(file: SourceFile): string[] {
  const named = /\.(node|web)\.ts$/.test(file.path);
  if (named || ["cli", "studio", "testing"].includes(file.room)) return [];
  return file.imports
    .filter(
      ({ specifier }) =>
        specifier.startsWith("node:") || NODE_MODULES.has(specifier) || specifier.startsWith("onnxruntime"),
    )
    .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}: only *.node.ts and cli/ may`);
}

/** Imports within portable.ts and what it leads to that only Node can follow. */
function portableLeaks(file: SourceFile): string[] {
  if (!file.path.endsWith("/portable.ts")) return [];
  return file.imports
    .filter(({ specifier }) => specifier.endsWith(".node.js") || specifier === "./index.js")
    .map(({ specifier, line }) => `${file.path}:${line} shows ${specifier}, which is for Node alone`);
}

describe("the house", () => {
  const sources = sourcesOf(SRC);

  it("has sources to look at, each in a room with a floor", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(50);
    expect(sources.filter(({ room }) => floorOf(room) < 0).map(({ path }) => path)).toEqual([]);
  });

  it("imports downwards only, and rooms by their doors", () => {
    expect(sources.flatMap(forbiddenEdges)).toEqual([]);
  });

  it("keeps Node and ONNX Runtime to the files that say so", () => {
    expect(sources.flatMap(platformImports)).toEqual([]);
    expect(sources.flatMap(portableLeaks)).toEqual([]);
  });

  it("has no any, no default export, no check switched off", () => {
    const handwritten = sources.filter(({ path }) => !path.endsWith(".gen.ts"));
    expect(handwritten.flatMap(({ taboos }) => taboos)).toEqual([]);
  });

  it("keeps files small", () => {
    const long = sources
      .filter(({ path }) => !path.endsWith(".gen.ts"))
      .map(({ path }) => ({ path, lines: readFileSync(join(SRC, path), "utf8").split("\n").length }))
      .filter(({ lines }) => lines > 500);
    expect(long).toEqual([]);
  });
});

describe("the inspector itself", () => {
  const edges = (path: string, text: string) => forbiddenEdges(readSource(path, text));

  it("names edges that climb, of every kind of import", () => {
    for (const text of [
      'import { a } from "../study/index.js";',
      'export * from "../study/index.js";',
      'const a = await import("../study/index.js");',
      'type A = import("../study/index.js").A;',
      'import type { A } from "../study/index.js";',
    ]) {
      expect(edges("ops/x.ts", text), text).toEqual([
        "ops/x.ts:1 imports study/index.js: climbs from floor 2 to 10",
      ]);
    }
  });

  it("tells neighbours, windows and strangers from doors below", () => {
    expect(edges("ops/math/x.ts", 'import "../../base/index.js"; import "../define.js";')).toEqual([]);
    expect(edges("onnx/x.ts", 'import "../passes/index.js";')).toHaveLength(1);
    expect(edges("ops/x.ts", 'import "../base/json.js";')[0]).toContain("enter base by its index.ts");
    expect(edges("ops/x.ts", 'import "../attic/index.js";')[0]).toContain("no floor");
    expect(edges("ops/x.ts", 'import "../../scripts/x.js";')[0]).toContain("outside");
    expect(edges("index.ts", 'import "./study/index.js";')).toEqual([]);
    expect(edges("index.ts", 'import "./cli/main.js";')).toHaveLength(1);
  });

  it("finds platform modules and taboos", () => {
    const file = readSource(
      "ops/x.ts",
      'import fs from "fs"; import "node:path"; import "onnxruntime-node";',
    );
    expect(platformImports(file)).toHaveLength(3);
    expect(platformImports({ ...file, path: "ops/x.node.ts" })).toEqual([]);
    const taboos = (text: string) => readSource("x.ts", text).taboos.length;
    expect(taboos("export default 1;")).toBe(1);
    expect(taboos("export default function f() {}")).toBe(1);
    expect(taboos("const a: any = 1;")).toBe(1);
    expect(taboos("const a = b!;")).toBe(1);
    expect(taboos("const a = b as unknown as C;")).toBe(1);
    expect(taboos("// any default is fine in words!\nconst a = { default: 1 };")).toBe(0);
    expect(taboos("switch (a) { default: b(); }")).toBe(0);
  });
});
