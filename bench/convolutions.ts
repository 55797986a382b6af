/**
 * Convolutions in training, forwards and both gradients, on standard operators and on ONNX Runtime's blocks of
 * channels, in turns in one run: what `blockLayout` gains (or loses) for each shape, conversions included.
 *
 * npm run bench -- convolutions
 */
import { gradients } from "../src/autodiff/index.js";
import { type Graph, sizeOf, type Tensor } from "../src/ir/index.js";
import { Builder, inline } from "../src/ops/index.js";
import { lowerDepthwise, lowerTraining } from "../src/passes/index.js";
import { ortNode } from "../src/runtime/index.js";
import { modelOf } from "../src/train/index.js";
import { record } from "./lib.js";

interface Shape {
  readonly channels: number;
  readonly filters: number;
  readonly side: number;
  readonly kernel: number;
  readonly stride: number;
  readonly depthwise: boolean;
}

const BATCH = 64;
const ROUNDS = 9;
const dense = (channels: number, filters: number, side: number, kernel = 3, stride = 1): Shape => ({
  channels,
  filters,
  side,
  kernel,
  stride,
  depthwise: false,
});
const depthwise = (channels: number, side: number, kernel = 3, stride = 1): Shape => ({
  channels,
  filters: channels,
  side,
  kernel,
  stride,
  depthwise: true,
});

const SHAPES = [
  ...[dense(8, 8, 32), dense(16, 16, 32), dense(64, 64, 16), dense(128, 128, 8), dense(256, 256, 4)],
  ...[dense(16, 32, 32, 3, 2), dense(64, 128, 16, 3, 2), dense(16, 16, 28, 5)],
  ...[dense(24, 96, 16, 1), dense(96, 24, 16, 1), dense(320, 80, 4, 1), dense(64, 128, 16, 1, 2)],
  ...[depthwise(96, 32), depthwise(96, 16, 5), depthwise(160, 8), depthwise(320, 4), depthwise(64, 7)],
  ...[depthwise(96, 32, 3, 2), depthwise(160, 16, 5, 2)],
];

/** Result and gradients, summed to channels so that little leaves the runtime. */
function trained(it: Shape, blockedChannels?: number): Graph {
  const forward = new Builder("forward");
  const x = forward.input("x", "float32", [BATCH, it.channels, it.side, it.side]);
  const perGroup = it.depthwise ? 1 : it.channels;
  const w = forward.input("w", "float32", [it.filters, perGroup, it.kernel, it.kernel]);
  const pad = it.kernel >> 1;
  const y = forward.Conv(forward.Sigmoid(x), w, {
    pads: [pad, pad, pad, pad],
    strides: [it.stride, it.stride],
    group: it.depthwise ? it.channels : 1,
  });
  const network = lowerDepthwise(forward.finish([y]), blockedChannels);
  const g = new Builder("trained");
  const inputs = network.inputs.map((v) => g.input(v.name, v.dtype, v.shape));
  const bindings = new Map(network.inputs.map((v, i) => [v, inputs[i] ?? v]));
  const [out] = inline(g, network, bindings);
  if (out === undefined) throw new Error("no output");
  const grads = gradients(g, out, inputs, { seed: g.input("seed", "float32", out.shape) });
  const sums = [out, grads[0]].flatMap((v) => v ?? []);
  const small = sums.map((v) => g.ReduceSum(v, g.i64([0, 2, 3]), { keepdims: 0 }));
  return lowerTraining(g.finish([...small, ...grads.slice(1).flatMap((v) => v ?? [])]), blockedChannels);
}

function feedsOf(graph: Graph): Record<string, Tensor> {
  const feeds = graph.inputs.map(({ name, dims }): [string, Tensor] => [
    name,
    { dtype: "float32", dims, data: Float32Array.from({ length: sizeOf(dims) }, (_, i) => Math.sin(i)) },
  ]);
  return Object.fromEntries(feeds);
}

const block = await ortNode.blockedChannels?.();
if (block === undefined) {
  console.error("This ONNX Runtime has no blocked layout: nothing to compare.");
  process.exit(1);
}
const rows = [];
for (const it of SHAPES) {
  const graphs = [trained(it), trained(it, block)];
  const sessions = await Promise.all(graphs.map((graph) => ortNode.load(modelOf(graph))));
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const feeds = graphs.map(feedsOf);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, session] of sessions.entries()) {
      const began = performance.now();
      await session.run(feeds[i] ?? {});
      least[i] = Math.min(least[i] ?? 0, performance.now() - began);
    }
  }
  for (const session of sessions) await session[Symbol.asyncDispose]();
  const [standardMs = 0, blockedMs = 0] = least.map((ms) => Math.round(ms * 100) / 100);
  const kind = it.depthwise ? "depthwise" : "dense";
  const name = `${kind} ${it.channels} to ${it.filters}, ${it.side}×${it.side}, kernel ${it.kernel}, stride ${it.stride}`;
  rows.push({ name, standardMs, blockedMs, ratio: Math.round((standardMs / blockedMs) * 100) / 100 });
  console.error(rows.at(-1));
}
await record("convolutions", { block, batch: BATCH, threads: 1, rounds: ROUNDS, rows });
