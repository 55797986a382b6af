import { capturedBy, Graph, type Model, type Node, type Value } from "../ir/index.js";
import { Builder } from "../ops/index.js";

/**
 * A program that is one `Loop`, taken apart: the body as a model of its own, for devices on which state should
 * stay in device memory from one trip to the next, which a `Loop` run by the host does not do.
 */
export interface LoopApart {
  readonly step: Graph;
  /** Program input that says how many trips; int64 scalar. */
  readonly trips: string;
  /** State: program input it starts from, the step's input and output, the program's output (if it is one). */
  readonly carried: readonly {
    readonly from: string;
    readonly input: string;
    readonly output: string;
    readonly as: string | undefined;
  }[];
  /** Program inputs that a step reads whole, under the same name. */
  readonly whole: readonly string[];
  /** Program inputs of which trip i reads row i: the step's input for it. */
  readonly rows: readonly { readonly from: string; readonly input: string }[];
  /** Step's input with the number of the trip, where it is read in another way. */
  readonly trip: string | undefined;
  /**
   * What every trip puts out. The step keeps the last {@link LoopApart.kept} of them in a window: one more
   * state, which begins with zeros.
   */
  readonly scans: readonly {
    readonly input: string;
    readonly output: string;
    readonly dims: readonly number[];
    readonly as: string | undefined;
  }[];
  readonly kept: number;
}

/** Trips whose outputs the window holds. */
const KEPT = 256;

/**
 * Takes a program apart, or says undefined where it is not one `Loop` with nothing but `Identity` around it, a
 * condition that never changes, and float32 outputs of known shape in each trip.
 */
export function takeLoopApart({ graph }: Model): LoopApart | undefined {
  const loops = graph.nodes.filter((node) => node.opType === "Loop" && node.domain === "");
  const [loop] = loops;
  const body = loop?.attributes.body;
  if (loop === undefined || loops.length !== 1 || body?.type !== "graph") return undefined;
  const names = outputNames(graph, loop);
  if (names === undefined) return undefined;
  const [trips, start, ...initial] = loop.inputs;
  const [trip, going, ...states] = body.value.inputs;
  const [goesOn, ...results] = body.value.outputs;
  if (trips === undefined || !graph.inputs.includes(trips) || trip === undefined || goesOn === undefined)
    return undefined;
  if (!isTrue(start) || !(isTrue(goesOn) || passes(body.value, goesOn, going))) return undefined;

  const isInput = new Set(graph.inputs.filter((v) => v.data === undefined));
  const sources = initial.filter((v): v is Value => v !== undefined && isInput.has(v));
  if (sources.length !== states.length) return undefined;
  const captured = [...capturedBy(body.value)];
  if (!captured.every((v) => isInput.has(v) || v.data !== undefined)) return undefined;

  const rows = rowsByTrip(body.value, trip, isInput);
  const g = Builder.over(
    new Graph({
      name: "step",
      inputs: [],
      outputs: [],
      nodes: body.value.nodes,
      initializers: [...body.value.initializers, ...captured.filter((v) => v.data !== undefined)],
    }),
  );
  for (const node of body.value.nodes) if (!rows.has(node)) g.append(node);
  const scans = results.slice(states.length);
  if (!scans.every((v) => v.type?.kind === "tensor" && v.dtype === "float32" && isKnown(v))) return undefined;
  const windows = scans.map((v, i) => {
    const dims = v.shape as readonly number[];
    const input = g.input(`window${i}`, "float32", [KEPT, ...dims]);
    const rest = g.Slice(input, g.i64([1]), g.i64([KEPT]), g.i64([0]));
    return { input, dims, next: g.Concat([rest, g.Unsqueeze(v, g.i64([0]))], { axis: 0 }) };
  });
  const made = g.finish([
    ...results.slice(0, states.length).map((v, i) => g.identityAs(v, `next${i}`)),
    ...windows.map((w, i) => g.identityAs(w.next, `window${i}_next`)),
  ]);
  const read = capturedBy(made.with({ inputs: [], initializers: made.initializers }));
  const whole = captured.filter((v) => v.data === undefined && read.has(v));
  const sliced = [...rows.values()].filter((row) => read.has(row.value));
  return {
    step: made.with({
      inputs: [
        ...states,
        ...windows.map((w) => w.input),
        ...whole,
        ...sliced.map((row) => row.value),
        ...(read.has(trip) ? [trip] : []),
      ],
    }),
    trips: trips.name,
    carried: states.map((v, i) => ({
      from: sources[i]?.name ?? "",
      input: v.name,
      output: made.outputs[i]?.name ?? "",
      as: names[i],
    })),
    whole: whole.map((v) => v.name),
    rows: sliced.map((row) => ({ from: row.from, input: row.value.name })),
    trip: read.has(trip) ? trip.name : undefined,
    scans: windows.map((w, i) => ({
      input: w.input.name,
      output: made.outputs[states.length + i]?.name ?? "",
      dims: w.dims,
      as: names[states.length + i],
    })),
    kept: KEPT,
  };
}

/** Name of the program's output that each output of the loop becomes; undefined where nodes do more. */
function outputNames(graph: Graph, loop: Node): (string | undefined)[] | undefined {
  const others = graph.nodes.filter((node) => node !== loop);
  if (!others.every((node) => node.opType === "Identity" && loop.outputs.includes(node.inputs[0])))
    return undefined;
  const names = loop.outputs.map((v): string | undefined => {
    const named = others.find((node) => node.inputs[0] === v)?.outputs[0] ?? v;
    return named !== undefined && graph.outputs.includes(named) ? named.name : undefined;
  });
  return names.filter((name) => name !== undefined).length === graph.outputs.length ? names : undefined;
}

/** `Gather(input, trip)` along the first axis: the host cuts that row out and feeds it. */
function rowsByTrip(body: Graph, trip: Value, isInput: ReadonlySet<Value>) {
  const rows = new Map<Node, { readonly from: string; readonly value: Value }>();
  for (const node of body.nodes) {
    const [data, index] = node.inputs;
    const [out] = node.outputs;
    const axis = node.attributes.axis;
    if (node.opType !== "Gather" || index !== trip || data === undefined || out === undefined) continue;
    if (!isInput.has(data) || (axis?.type === "int" && Number(axis.value) !== 0)) continue;
    rows.set(node, { from: data.name, value: out });
  }
  return rows;
}

function isTrue(v: Value | undefined): boolean {
  return v === undefined || (v.data?.dtype === "bool" && (v.data.data as Uint8Array)[0] === 1);
}

function passes(body: Graph, out: Value, going: Value | undefined): boolean {
  const maker = body.producer(out);
  return out === going || (maker?.opType === "Identity" && maker.inputs[0] === going);
}

function isKnown(v: Value): boolean {
  return v.shape.every((d) => typeof d === "number");
}
