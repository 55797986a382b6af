/** The reference pages of layers, losses and metrics, and of the zoo, made from their definitions. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Shape } from "../base/index.js";
import { sizeOf } from "../ir/index.js";
import * as nn from "../nn/index.js";
import {
  type Definition,
  type InputSpec,
  type init,
  NetworkBuilder,
  nnDefinitions,
  type Sample,
} from "../nn/index.js";
import { type Architecture, describeSetting, type Fact, listArchitectures } from "../zoo/index.js";
import { page, table } from "./markdown.js";

const NN = join(import.meta.dirname, "..", "nn");

export function layersPage(): string {
  const all = nnDefinitions();
  const functions = functionsOf(NN);
  const activations = all.filter(({ kind }) => kind === "activation");
  const groups = new Map<string, Definition[]>();
  for (const it of all) {
    if (it.kind !== "activation") groups.set(it.group, [...(groups.get(it.group) ?? []), it]);
  }
  const count = (kind: Definition["kind"]) => all.filter((it) => it.kind === kind).length;
  return page("Layers, losses and metrics", [
    `${count("layer")} layers, ${activations.length} activations, ${count("loss")} losses and ${count("metric")} metrics ` +
      "are functions of a builder, `g`, and of values. Layers declare their parameters by `g.param` where they are " +
      "called, below the scope they are called in; the same code builds the training form (`g.training`) and the " +
      "inference form. Everything else that is known of them stands beside the code, and one contract runs all " +
      "examples: shapes with a batch that is not known yet, gradients against differences in float64, ONNX Runtime " +
      "against the float64 reference, one seed giving one result.",
    "N is the batch. *Weights* are the trainable numbers of the example. What begins with `options` takes a record whose " +
      "fields are described in the types.",
    "## Initialisers",
    INITIALIZERS,
    "## Activations without weights",
    'By name, `activation(g, x, "gelu")`, or as `ACTIVATIONS.gelu(g, x)`.',
    table(
      ["Name", "Formula", "Source"],
      activations.map(({ doc, formula, source }) => [
        /`.*`/.exec(doc)?.[0] ?? "",
        formula ?? "",
        source ?? "",
      ]),
    ),
    ...[...groups].flatMap(([group, members]) => [
      `## ${group === "Activations" ? "Activations with weights or halves" : group}`,
      table(
        ["Function", "What it does", "Formula", "Example", "Weights", "Source"],
        members.map((it) => [
          `\`${it.name}(${functions.get(it.name)?.parameters ?? ""})\``,
          it.doc,
          it.formula ?? "",
          ...exampleOf(it),
          it.source ?? "",
        ]),
      ),
    ]),
    "## Metrics over arrays",
    "Plain functions, for what needs an order of all examples or is asked for afterwards.",
    plainMetrics(functions),
  ]);
}

const fans = "fan in: product of `shape[1..]`; fan out: of `shape[0]` and the kernel, over the groups";
const INITIALIZERS = [
  `For weights of shape [out, in, kernel...]; ${fans}.`,
  table(
    ["`init.`", "Distribution"],
    (
      [
        ["zeros", "0"],
        ["ones", "1"],
        ["constant", "a given number"],
        ["normal", "N(0, std²)"],
        ["truncatedNormal", "N(0, std²) drawn anew outside of ±2 std"],
        ["uniform", "U(−limit, limit)"],
        ["varianceScaling", "mean 0, std gain/√fan; fan in, out or their mean; normal, truncated or uniform"],
        ["heNormal", "N(0, 2/fan out)"],
        ["heNormalIn", "N(0, 2/fan in)"],
        ["heUniform", "U(±√(6/fan in))"],
        ["lecunNormal", "N(0, 1/fan in)"],
        ["lecunUniform", "U(±√(3/fan in))"],
        ["glorotNormal", "N(0, 2/(fan in + fan out))"],
        ["glorotUniform", "U(±√(6/(fan in + fan out)))"],
        ["fanUniform", "U(±1/√fan in)"],
        ["orthogonal", "gain · a random matrix [out, rest] with orthonormal rows or columns"],
        ["identity", "gain · identity, in the middle of the kernel"],
        ["deltaOrthogonal", "gain · a random orthogonal matrix in the middle of the kernel, 0 elsewhere"],
        ["sparse", "`count` weights of N(0, std²) in each row, 0 elsewhere"],
        ["embedding", "N(0, 1/width)"],
        ["given", "contents that are known"],
      ] satisfies readonly (readonly [keyof typeof init, string])[]
    ).map(([name, text]) => [`\`${name}\``, text]),
  ),
].join("\n\n");

/** Shapes and number of weights of a definition's first sample. */
function exampleOf({ name, samples }: Definition): [shapes: string, weights: string] {
  const [first] = samples;
  if (first === undefined) return ["", ""];
  const g = new NetworkBuilder(name, true, first.batch);
  first.build(g, inputsOf(g, first));
  const inputs = Object.values(first.inputs).map((spec) => shapeText("shape" in spec ? spec.shape : spec));
  const outputs = Object.values(first.outputs).map(shapeText);
  const weights = g.params.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return [`${inputs.join(" ") || "()"} → ${outputs.join(" ")}`, weights === 0 ? "–" : String(weights)];
}

function inputsOf(g: NetworkBuilder, { inputs, batch }: Sample) {
  const make = (name: string, spec: InputSpec) => {
    const [shape, dtype = "float32"] = "shape" in spec ? [spec.shape, spec.dtype] : [spec];
    return g.input(
      name,
      dtype,
      shape.map((d) => (d === "N" ? batch : d)),
    );
  };
  return Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, make(name, spec)]));
}

function shapeText(shape: Shape): string {
  return shape.length === 0 ? "a number" : `[${shape.join(", ")}]`;
}

interface Exported {
  /** Path below the folder. */
  readonly path: string;
  /** Names of the parameters, those that may be left out marked by "?". */
  readonly parameters: string;
  /** First sentence of the comment. */
  readonly doc: string;
}

/** Every exported function below a folder, by name. */
function functionsOf(folder: string): Map<string, Exported> {
  const found = new Map<string, Exported>();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!path.endsWith(".ts") || path.endsWith(".test.ts")) continue;
    const tree = ts.createSourceFile(
      path,
      readFileSync(join(folder, path), "utf8"),
      ts.ScriptTarget.ES2023,
      true,
    );
    tree.forEachChild((node) => {
      if (!ts.isFunctionDeclaration(node) || node.name === undefined) return;
      if (!node.modifiers?.some((it) => it.kind === ts.SyntaxKind.ExportKeyword)) return;
      const parts = node.parameters.map((p) => {
        const optional = p.questionToken !== undefined || p.initializer !== undefined;
        return `${p.name.getText()}${optional ? "?" : ""}`;
      });
      const [comment] = ts.getJSDocCommentsAndTags(node);
      const text = ts.getTextOfJSDocComment(comment?.comment) ?? "";
      const plain = text.replace(/\{@link (\w+)\}/g, "`$1`").replaceAll("\n", " ");
      const doc = /^.*?[.](?= [A-Z]|$)/s.exec(plain)?.[0] ?? plain;
      found.set(node.name.text, { path, parameters: parts.join(", "), doc });
    });
  }
  return found;
}

/** Metrics that are plain functions over arrays, with their comments. */
function plainMetrics(functions: ReadonlyMap<string, Exported>): string {
  const rows = [...functions].flatMap(([name, { path, parameters, doc }]) =>
    /^metrics.(ranks|scores|retrieval)\.ts$/.test(path) && name in nn
      ? [[`\`${name}(${parameters})\``, doc]]
      : [],
  );
  return table(["Function", "What it gives"], rows);
}

export function zooPage(): string {
  return page("Architectures", [
    "Networks known by name. Each is one file under `src/zoo/`; `morph train NAME` trains one, and `--set` changes its " +
      "settings. The tests count all of them again in the training form of the network: parameters and MACs exactly, and " +
      "MACs marked ≈, which are the rounded figures of others, within 1 %. One MAC is a multiplication with its addition, " +
      "in convolutions and matrix products alone, for one example.",
    ...listArchitectures().flatMap((it) => [
      `## ${it.name}`,
      `${it.description}.`,
      ...settingsOf(it),
      ...factsOf(it),
    ]),
  ]);
}

function settingsOf({ settings }: Architecture): string[] {
  const rows = Object.entries(settings).map(([name, it]) => [
    `\`${name}\``,
    String(it.default),
    describeSetting(it),
    it.doc,
  ]);
  return rows.length === 0 ? ["No settings."] : [table(["Setting", "Default", "Values", "Meaning"], rows)];
}

function factsOf({ facts }: Architecture): string[] {
  if (facts.length === 0) return [];
  const grouped = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const row = ({ settings, input, outputs, params, macs, published, source }: Fact) => {
    const changed = Object.entries(settings ?? {}).map(([name, value]) => `${name} ${value}`);
    const products = macs === undefined ? published && `≈ ${grouped(published.macs)}` : grouped(macs);
    return [
      changed.join(", ") || "defaults",
      input.join("×"),
      String(outputs),
      grouped(params),
      products ?? "",
      source,
    ];
  };
  return [table(["Settings", "Input", "Outputs", "Parameters", "MACs", "Source"], facts.map(row))];
}
