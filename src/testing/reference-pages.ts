/** The pages of docs/ that are generated from definitions; a test compares them with the committed files. */
import { rngOf } from "../base/index.js";
import { sizeOf, type Value } from "../ir/index.js";
import { type Arg, allOps, argOf, type OpDefinition, readAttributes } from "../ops/index.js";
import { drawGraph } from "../report/index.js";
import { interpret } from "../runtime/index.js";
import { type Decision, decisions, formatDecision, formatSize, sample, size } from "../schema/index.js";
import { exampleGraph, exampleProblem, listSpaces, type Space } from "../spaces/index.js";
import { listStrategies } from "../strategies/index.js";
import { layersPage, zooPage } from "./layer-pages.js";
import { page, table } from "./markdown.js";
import { opCase } from "./op-contract.js";

/** Every generated page by its name in docs/. */
export const REFERENCE_PAGES: Readonly<Record<string, () => string>> = {
  "zoo.md": zooPage,
  "layers.md": layersPage,
  "operators.md": operatorsPage,
  "spaces.md": spacesPage,
  "strategies.md": strategiesPage,
  ...Object.fromEntries(listSpaces().map((space) => [galleryFile(space), () => galleryDrawing(space)])),
};

function operatorsPage(): string {
  const ops = allOps();
  const kinds = { yes: 0, zero: 0, none: 0 };
  for (const op of ops) kinds[typeof op.grad === "function" ? "yes" : op.grad === "zero" ? "zero" : "none"]++;
  return page("Operators", [
    `${ops.length} operators of \`ai.onnx\` can be built, analysed and run here. Each has a shape rule, a cost rule ` +
      "and a float64 reference, in one file of its own under `src/ops/`; the operator contract runs all of its " +
      "samples on ONNX Runtime and compares.",
    `Gradient: **yes** (${kinds.yes}) is a rule made of operators of this table, so it can be differentiated again; ` +
      `**zero** (${kinds.zero}): the derivative is 0 wherever it exists; **none** (${kinds.none}): there is none, ` +
      "and what to do instead. *Since* is the first operator set with the meaning implemented here. The example " +
      "is the first sample of the contract, with its cost: one MAC is a multiplication with its addition; FLOPs " +
      "count both, and everything else.",
    "Files of older operator sets are read by the same rules: `Upsample` as `Resize`, `Scatter` as " +
      "`ScatterElements`, attributes that became inputs as inputs. ONNX Runtime 1.30 reads operator sets up to 26: " +
      "`CausalConvWithState` and `LinearAttention` (27) and `SwiGLU` (28) are read and written back, not analysed.",
    table(
      [
        "Operator",
        "Since",
        "Inputs → outputs",
        "What it does",
        "Example",
        "Cost",
        "Gradient",
        "ONNX Runtime",
      ],
      ops.map((op) => [
        `\`${op.type}\``,
        String(op.since),
        `${op.inputs.join(", ") || "(none)"} → ${op.outputs.join(", ")}`,
        op.doc,
        ...exampleOf(op),
        typeof op.grad === "function" ? "yes" : op.grad === "zero" ? "zero" : `none: ${op.grad.none}`,
        runtimeNotes(op),
      ]),
    ),
  ]);
}

/** Shapes and cost of an operator's first sample. */
function exampleOf(op: OpDefinition): [shapes: string, cost: string] {
  const [sample] = op.samples;
  if (sample === undefined) return ["", ""];
  const { graph, feeds } = opCase(op, sample, 1);
  const node = graph.nodes.find(({ opType }) => opType === op.type);
  if (node === undefined) return ["", ""];
  if (op.types !== undefined) return [`${kindsOf(node.inputs)} → ${kindsOf(node.outputs)}`, "0 FLOPs"];
  const args = node.inputs.map((v) => (v === undefined ? undefined : argOf(v)));
  // Shapes as they turn out, where only the run decides them.
  const results = interpret(graph, feeds);
  const outputs = graph.outputs.map((v) => ({ dtype: v.dtype, shape: results[v.name]?.dims ?? [] }));
  const { macs = 0, flops } = op.cost(args, outputs, readAttributes(op.attributes, node.attributes));
  const elements = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const all = flops ?? (macs === 0 ? elements : 2 * Number(macs));
  const shapes = (list: readonly (Arg | undefined)[]) =>
    list.map((arg) => (arg === undefined ? "–" : `[${arg.shape.join(", ")}]`)).join(" ");
  return [
    `${shapes(args) || "()"} → ${shapes(outputs)}`,
    macs === 0 ? `${all} FLOPs` : `${macs} MACs, ${all} FLOPs`,
  ];
}

/** Values of sequences and optional values: shapes where they are tensors, else what they are. */
function kindsOf(values: readonly (Value | undefined)[]): string {
  const texts = values.map((v) => {
    const type = v?.type;
    if (type?.kind !== "tensor") return type?.kind ?? "–";
    return type.shape === undefined
      ? "tensor"
      : `[${type.shape.map((d) => (typeof d === "number" ? d : "?")).join(", ")}]`;
  });
  return texts.join(" ") || "()";
}

/** What the runtime cannot do, and where it may differ more than usual. */
function runtimeNotes(op: OpDefinition): string {
  const notes = op.samples.flatMap((sample) => [
    ...(sample.otherValues === undefined ? [] : [`types and shapes agree: ${sample.otherValues}`]),
    ...(sample.noRuntime === undefined ? [] : [`a sample is not run: ${sample.noRuntime}`]),
    ...(sample.noRuntimeGradient === undefined ? [] : [`a gradient is not run: ${sample.noRuntimeGradient}`]),
    ...(sample.tolerance === undefined ? [] : [`agrees within ${sample.tolerance}`]),
  ]);
  return notes.length === 0 ? "agrees" : [...new Set(notes)].join("; ");
}

function galleryFile({ name }: Space): string {
  return `images/spaces/${name}.svg`;
}

/** The network of a space's first seed, or of a draw, with its blocks closed. */
function galleryDrawing(space: Space): string {
  const [seed] = Object.values(space.seeds ?? {});
  const genotype = seed ?? sample(space.schema, rngOf(0, "gallery"));
  return drawGraph(exampleGraph(space, exampleProblem(space), genotype), { open: "none", maxBoxes: 24 });
}

function spacesPage(): string {
  return page("Search spaces", [
    "Each space is one file under `src/spaces/`: a schema of decisions, and what network a choice stands for. " +
      "`morph space NAME --sample 3 --draw networks.svg` draws from it. The pictures show a network of each, blocks closed, " +
      "for colour images of 32 by 32 pixels or for vectors. Numbers in brackets are relative frequencies of a draw.",
    ...listSpaces().flatMap((space) => [
      `## ${space.name}`,
      `${space.description}. Version ${space.version}; ${formatSize(size(space.schema))} networks.`,
      `Trained with ${Object.entries(space.recipe)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}, unless told otherwise.`,
      `![A network of ${space.name}](${galleryFile(space)})`,
      table(["Decision", "Values", "Meaning"], decisions(space.schema).map(decisionRow)),
    ]),
  ]);
}

function decisionRow(it: Decision): string[] {
  const { description, refinements, ...rest } = it;
  const values = formatDecision({ ...rest, conditional: false, refinements: [] }).slice(
    (it.path || "(root)").length,
  );
  const meaning = [description ?? "", ...refinements, it.conditional ? "conditional" : ""];
  return [`\`${it.path || "(root)"}\``, values.trim(), meaning.filter(Boolean).join("; ")];
}

function strategiesPage(): string {
  return page("Strategies", [
    "How a space is searched. Each strategy is one file under `src/strategies/`; it proposes genotypes and is told " +
      "how good they turned out. Limits, duplicates, retries and budgets are the study's business. " +
      "`morph search --strategy NAME` chooses one.",
    table(
      ["Strategy", "What it does", "Options and defaults"],
      listStrategies().map(({ name, description, options }) => [
        `\`${name}\``,
        description,
        Object.entries(options)
          .map(([option, value]) => `\`${option}\` ${value}`)
          .join(", ") || "none",
      ]),
    ),
    ...listStrategies().flatMap(({ name, about }) => (about === undefined ? [] : [`## \`${name}\``, about])),
    "`genius` needs a language model and `asi-arch` can use one: [Language models](language.md) says how they reach it, what is " +
      "sent, what it may cost, and what happens when it answers badly.",
  ]);
}
