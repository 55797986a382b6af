/** `morph inspect`: what an ONNX file is made of and what it costs to run. */
import { type Dim, dim, ExitCode, formatIssue, messageOf } from "../base/index.js";
import type { Latency } from "../cost/index.js";
import type { Graph, Model, Value } from "../ir/index.js";
import { type Cli, type CommandSpec, numberOf, textOf, writeJson } from "./command.js";
import { parseShapes, withInputShapes } from "./input-shapes.js";
import { facts, table } from "./table.js";
import { formatBytes, formatCount, formatDuration, parseWhole } from "./units.js";

/** The document `morph.inspect/1`. */
interface Inspection {
  readonly schema: "morph.inspect/1";
  readonly file: string;
  readonly opset: number;
  readonly irVersion: number;
  readonly producer: string | null;
  readonly nodes: number;
  readonly parameters: number;
  readonly macs: number;
  readonly flops: number;
  readonly weightBytes: number;
  readonly peakActivationBytes: number;
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
  /** How many nodes of each kind; domains other than ai.onnx stand before the name. */
  readonly operators: Readonly<Record<string, number>>;
  /** Milliseconds; null where the runtime cannot run the file. */
  readonly latencyMs: Latency | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What the numbers do not cover, and what was assumed. */
  readonly notes: readonly string[];
}

interface Signature {
  readonly name: string;
  readonly dtype: string;
  /** Free axes as their symbols; null where not even the number of axes is known. */
  readonly shape: readonly Dim[] | null;
}

const DEFAULT_RUNS = 30;

export const inspect: CommandSpec = {
  name: "inspect",
  summary: "what an ONNX file is made of and what it costs to run",
  about:
    "Costs are of one example: free axes have length 1 unless --shape says more. MACs are " +
    "multiply-accumulates of products and convolutions; FLOPs count a MAC twice, and everything else.",
  examples: [
    ["morph inspect model.onnx", "operators, parameters, MACs, memory, measured latency"],
    ["morph inspect model.onnx --shape image=1x3x224x224", "with lengths for its free axes"],
    ["morph inspect model.onnx --json", "as JSON"],
  ],
  arguments: [{ name: "<model>", description: "an ONNX file" }],
  options: [
    {
      flags: "--shape <name=dims>",
      description: "shape of an input, such as image=1x3x224x224; several with commas",
    },
    {
      flags: "--threads <n>",
      description: "of the runtime (default: 1)",
      parse: (text, option) => parseWhole(text, option, 1),
    },
    {
      flags: "--runs <n>",
      description: `timed runs, 0 for none (default: ${DEFAULT_RUNS})`,
      parse: parseWhole,
    },
  ],
  async run([file = ""], options, cli) {
    const { loadModel } = await import("../onnx/index.js");
    const model = await loadModel(file, { signal: cli.signal });
    const graph = withInputShapes(model.graph, parseShapes(textOf(options, "shape"), "--shape"));
    const inspection = await inspectModel(file, { ...model, graph }, cli, {
      threads: numberOf(options, "threads") ?? 1,
      runs: numberOf(options, "runs") ?? DEFAULT_RUNS,
    });
    if (cli.json) writeJson(cli, inspection);
    else print(cli, inspection);
    return ExitCode.ok;
  },
};

async function inspectModel(
  file: string,
  model: Model,
  cli: Cli,
  timing: { readonly threads: number; readonly runs: number },
): Promise<Inspection> {
  const { allNodes } = await import("../ir/index.js");
  const { inferShapes } = await import("../passes/index.js");
  const { countCosts, nodeCosts } = await import("../cost/index.js");
  const { findOp } = await import("../ops/index.js");
  const { checkOpset, OLDEST_OPSET } = await import("../onnx/index.js");
  const { graph } = model;
  const opset = model.opsets[""] ?? model.opsets["ai.onnx"] ?? 0;
  const free = freeAxes(graph);
  const bindings = Object.fromEntries(free.map((symbol) => [symbol, 1]));
  const notes: string[] = [];
  const old = checkOpset(model);
  if (opset > 0 && opset < OLDEST_OPSET) {
    notes.push(`operator set ${opset} is older than ${OLDEST_OPSET}: read where its operators mean the same`);
  } else if (old !== undefined) notes.push(formatIssue(old));
  if (free.length > 0) notes.push(`counted with ${free.map((symbol) => `${symbol} = 1`).join(", ")}`);

  const inferred = inferShapes(graph, { opset, bind: (symbol) => bindings[symbol] });
  const costs = countCosts(inferred.graph, { bindings, lenient: true });
  if (costs.generatedParams > 0) {
    notes.push(
      `${costs.generatedParams.toLocaleString("en-US")} parameters are generated on loading (ConstantOfShape), ` +
        "not stored: weight bytes are those of the file",
    );
  }
  const uncounted = nodeCosts(inferred.graph, { bindings, lenient: true })
    .filter(({ node }) => node.domain !== "" || findOp(node.opType) === undefined)
    .map(({ node }) => kindOf(node));
  if (uncounted.length > 0) {
    notes.push(`without a cost rule, counted as free: ${[...new Set(uncounted)].sort().join(", ")}`);
  }
  const unshaped = inferred.open.filter(({ node }) => findOp(node.opType) !== undefined);
  const [first] = unshaped;
  if (first !== undefined) {
    const reason = first.reason === undefined ? "" : `: ${first.reason}`;
    notes.push(
      `of unknown shape, counted as free: ${unshaped.length} nodes, from ${kindOf(first.node)} on${reason}`,
    );
  }

  const operators: Record<string, number> = {};
  let nodes = 0;
  for (const node of allNodes(graph)) {
    nodes++;
    operators[kindOf(node)] = (operators[kindOf(node)] ?? 0) + 1;
  }
  const weights = new Set(graph.initializers);
  return {
    schema: "morph.inspect/1",
    file,
    opset,
    irVersion: model.irVersion,
    producer: [model.producer, model.producerVersion].filter(Boolean).join(" ") || null,
    nodes,
    parameters: costs.params + costs.generatedParams,
    macs: costs.macs,
    flops: costs.flops,
    weightBytes: costs.weightBytes,
    peakActivationBytes: costs.peakActivationBytes,
    inputs: graph.inputs.filter((value) => !weights.has(value)).map(signatureOf),
    outputs: graph.outputs.map(signatureOf),
    operators: Object.fromEntries(
      Object.entries(operators).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    ),
    latencyMs: timing.runs > 0 ? await latencyOf(model, bindings, timing, cli, notes) : null,
    metadata: model.metadata,
    notes,
  };
}

/** The measured latency; where the runtime refuses the file that is a note, not a failure. */
async function latencyOf(
  model: Model,
  bindings: Readonly<Record<string, number>>,
  timing: { readonly threads: number; readonly runs: number },
  cli: Cli,
  notes: string[],
): Promise<Latency | null> {
  const { measureLatency } = await import("../cost/index.js");
  const { ortNode } = await import("../runtime/index.js");
  try {
    return await measureLatency(ortNode, model, { ...timing, bindings, signal: cli.signal });
  } catch (error) {
    cli.signal.throwIfAborted();
    notes.push(`not timed: ${messageOf(error)}`);
    return null;
  }
}

/** Symbols in the shapes of the inputs, in order of appearance. */
function freeAxes(graph: Graph): string[] {
  const weights = new Set(graph.initializers);
  const symbols = graph.inputs
    .filter((value) => !weights.has(value))
    .flatMap(({ type }) => (type?.kind === "tensor" ? (type.shape ?? []) : []))
    .flatMap((d) => (typeof d === "string" ? (d.match(/[A-Za-z_][\w.]*/g) ?? []) : []))
    .filter((symbol) => symbol !== "floor");
  return [...new Set(symbols)];
}

function kindOf({ domain, opType }: { readonly domain: string; readonly opType: string }): string {
  return domain === "" ? opType : `${domain}::${opType}`;
}

function signatureOf({ name, type }: Value): Signature {
  if (type === undefined) return { name, dtype: "unknown", shape: null };
  if (type.kind !== "tensor") return { name, dtype: type.kind, shape: null };
  return { name, dtype: type.dtype, shape: type.shape ?? null };
}

function print(cli: Cli, it: Inspection): void {
  const paint = cli.paint.out;
  const { latencyMs } = it;
  const signature = ({ name, dtype, shape }: Signature) =>
    `${name}: ${dtype} ${shape === null ? "of unknown shape" : dim.format(shape)}`;
  cli.stdout.write(
    facts(
      [
        ["file", it.file],
        [
          "format",
          `opset ${it.opset}, IR ${it.irVersion}${it.producer === null ? "" : `, by ${it.producer}`}`,
        ],
        ...it.inputs.map((s, i): [string, string] => [i === 0 ? "inputs" : "", signature(s)]),
        ...it.outputs.map((s, i): [string, string] => [i === 0 ? "outputs" : "", signature(s)]),
        ["parameters", `${formatCount(it.parameters)} (${it.parameters.toLocaleString("en-US")})`],
        [
          "MACs",
          `${formatCount(it.macs)} (${it.macs.toLocaleString("en-US")}), ${formatCount(it.flops)} FLOPs`,
        ],
        ["weights", formatBytes(it.weightBytes)],
        ["activations", `${formatBytes(it.peakActivationBytes)} at once`],
        [
          "latency",
          latencyMs === null
            ? "not measured"
            : `${formatDuration(latencyMs.median)} (${formatDuration(latencyMs.p10)} to ${formatDuration(latencyMs.p90)}) ` +
              `on ${latencyMs.threads} thread${latencyMs.threads === 1 ? "" : "s"}, ${latencyMs.runs} runs`,
        ],
        ...it.notes.map((text, i): [string, string] => [i === 0 ? "notes" : "", text]),
      ],
      paint,
    ),
  );
  cli.stdout.write(
    `\n${table(
      [{ title: "operator" }, { title: "nodes", right: true }],
      Object.entries(it.operators).map(([name, count]) => [name, String(count)]),
      paint,
    )}`,
  );
}
