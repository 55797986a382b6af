import { type Graph, prune, type Tensor } from "../ir/index.js";
import { irVersionOf } from "../onnx/index.js";
import { opsetFor, type RefTensor, refOf, tensorOf } from "../ops/index.js";
import { interpret, type Runtime } from "../runtime/index.js";
import type { OpCase } from "./op-contract.js";

/** Largest difference between a runtime and the reference, relative to the largest value of a result. */
export const RUNTIME_TOLERANCE = 1e-4;

/** Feeds of a case as tensors for a runtime. */
export function feedsOf(it: OpCase): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(it.feeds).map(([name, t]) => [name, tensorOf(t)]));
}

/**
 * Run a case (of an operator, or of its gradient) by a runtime and by the reference interpreter, and compare
 * all outputs. The runtime may rewrite the graph as it would a user's. Empty where all is well.
 */
export async function checkRuntime(runtime: Runtime, it: OpCase): Promise<string[]> {
  const expected = interpret(it.graph, it.feeds);
  const got = await runOnce(runtime, it.graph, feedsOf(it));
  const tolerance = it.sample.tolerance ?? RUNTIME_TOLERANCE;
  return it.graph.outputs.flatMap(({ name }) => {
    const [want, have] = [expected[name], got[name]];
    if (want === undefined || have === undefined) return [`${name}: no result`];
    const compared = it.sample.otherValues === undefined ? have : { ...have, data: tensorOf(want).data };
    return difference(want, compared, tolerance).map((text) => `${name}: ${text}`);
  });
}

async function runOnce(
  runtime: Runtime,
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const opset = opsetFor(graph);
  const model = { graph: prune(graph), opsets: { "": opset }, irVersion: irVersionOf(opset), metadata: {} };
  await using session = await runtime.load(model, { arena: false });
  const taken = new Set(session.inputNames);
  return await session.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => taken.has(name))));
}

/** What differs between a tensor of the reference and one of a runtime. */
function difference(want: RefTensor, have: Tensor, tolerance: number): string[] {
  if (have.dtype !== want.dtype) return [`type ${have.dtype}, the reference says ${want.dtype}`];
  if (have.dims.join() !== want.dims.join()) {
    return [`dims [${have.dims}], the reference says [${want.dims}]`];
  }
  if (want.text !== undefined) {
    const at = want.text.findIndex((text, i) => text !== have.data[i]);
    return at < 0 ? [] : [`element ${at} is "${have.data[at]}", the reference says "${want.text[at]}"`];
  }
  const { data } = refOf(have);
  let scale = 0;
  for (const v of want.data) if (Number.isFinite(v)) scale = Math.max(scale, Math.abs(v));
  const allowed = tolerance * Math.max(scale, 1e-3);
  for (const [i, v] of want.data.entries()) {
    const w = data[i] ?? Number.NaN;
    if (Object.is(v, w) || v === w || Math.abs(v - w) <= allowed) continue;
    return [`element ${i} is ${w}, the reference says ${v} (allowed difference ${allowed.toPrecision(2)})`];
  }
  return [];
}
