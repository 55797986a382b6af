import { Graph, type Model, type Node, numbersOf, type Tensor, tensor, Value } from "../ir/index.js";
import type { Runtime } from "./runtime.js";

const DOMAIN = "com.microsoft.nchwc";
const CHANNELS = 64;

/**
 * How many channels lie side by side in the runtime's blocked layout, found by putting two pixels of numbered
 * channels into it: how many numbers of the first pixel come before the first of the second. Undefined where the
 * runtime does not know the operator, or a convolution on blocks does not give what the standard one gives.
 */
export async function probeBlocks(runtime: Runtime): Promise<number | undefined> {
  try {
    const order = await reordered(runtime);
    const block = order.findIndex((v) => v >= CHANNELS);
    return (block === 8 || block === 16) && (await convolves(runtime, block)) ? block : undefined;
  } catch {
    return undefined;
  }
}

/** Channel numbers of two pixels (the second's from 64 on) as the layout has them. */
async function reordered(runtime: Runtime): Promise<number[]> {
  const x = Value.of("x", "float32", [1, CHANNELS, 1, 2]);
  const y = Value.of("y", "float32", [1, CHANNELS, 1, 2]);
  const numbers = Array.from({ length: 2 * CHANNELS }, (_, i) => (i >> 1) + (i & 1) * CHANNELS);
  return run(runtime, [node("ReorderInput", [x], y)], y, { x: tensor("float32", x.dims, numbers) });
}

/** Whether a 1×1 convolution with numbered filters comes out right: the filters' layout is what we think. */
async function convolves(runtime: Runtime, block: number): Promise<boolean> {
  const dims = [1, block, 1, 1];
  const [x, inside, y, out] = ["x", "inside", "y", "out"].map((name) => Value.of(name, "float32", dims));
  const w = Value.of("w", "float32", [block, block, 1, 1]);
  if (x === undefined || inside === undefined || y === undefined || out === undefined) return false;
  const inputs = Array.from({ length: block }, (_, i) => i + 1);
  // Filter m takes channel c m + 2 c times; in memory channels come first, then filters.
  const weight = (m: number, c: number) => m * c + 2 * c;
  const filters = inputs.flatMap((_, c) => inputs.map((_, m) => weight(m, c)));
  const kernel = { kernel_shape: { type: "ints", value: [1, 1] } as const };
  const channels = { channels: { type: "int", value: block } as const };
  const nodes = [
    node("ReorderInput", [x], inside),
    { ...node("Conv", [inside, w], y), attributes: kernel },
    { ...node("ReorderOutput", [y], out), attributes: channels },
  ];
  const feeds = { x: tensor("float32", dims, inputs), w: tensor("float32", w.dims, filters) };
  const got = await run(runtime, nodes, out, feeds, [x, w]);
  return got.every((v, m) => v === inputs.reduce((sum, xc, c) => sum + xc * weight(m, c), 0));
}

function node(opType: string, inputs: readonly Value[], output: Value): Node {
  return { opType, domain: DOMAIN, name: `${opType}_probe`, inputs, outputs: [output], attributes: {} };
}

async function run(
  runtime: Runtime,
  nodes: readonly Node[],
  output: Value,
  feeds: Readonly<Record<string, Tensor>>,
  inputs = nodes[0]?.inputs.filter((v) => v !== undefined) ?? [],
): Promise<number[]> {
  const graph = new Graph({ name: "probe", inputs, outputs: [output], initializers: [], nodes });
  const model: Model = {
    graph,
    opsets: { "": 21, [DOMAIN]: 1 },
    irVersion: 10,
    producer: "morphospace",
    metadata: {},
  };
  await using session = await runtime.load(model);
  const result = (await session.run(feeds))[output.name];
  return result === undefined ? [] : numbersOf(result);
}
