import { fail } from "../base/index.js";
import { sizeOf, type Tensor, type Value } from "../ir/index.js";
import { adam, buildNetwork, type NetworkBuilder } from "../nn/index.js";
import type { Runtime } from "../runtime/index.js";
import { type Order, ProgramRunner, streamOf } from "../train/index.js";

/** How a small model of a strategy learns from rows of numbers. */
export interface RowsFit {
  readonly count: number;
  /** Numbers by name, row after row: `width` a row, or one where there is no width. */
  readonly fields: Readonly<Record<string, { readonly data: Float32Array; readonly width?: number }>>;
  /** The loss of `draws` rows, by field. */
  readonly loss: (g: NetworkBuilder, batch: (field: string) => Value) => Value;
  readonly draws: number;
  readonly steps: number;
  /** Where it falls from, along half a cosine. */
  readonly learningRate: number;
  readonly seed: number;
  /** Contents of parameters, in place of their initialisers. */
  readonly initial?: Readonly<Record<string, Float32Array>>;
  /** Parameters that learn; default: all. */
  readonly trains?: (name: string) => boolean;
}

/**
 * Train with Adam, in one run of the runtime: a function of rows and seed. Steps do not grow with the rows. Returns all
 * parameters by name.
 */
export async function fitRows(runtime: Runtime, it: RowsFit): Promise<Record<string, Tensor>> {
  const entries = Object.entries(it.fields);
  const shapeOf = (width: number | undefined) => (width === undefined ? [] : [width]);
  const inputs = entries.map(([name, { width }]) => ({
    ...{ name, dtype: "float32" as const, shape: shapeOf(width), batch: it.draws },
  }));
  const body = (g: NetworkBuilder, values: readonly Value[]) => {
    const at = (field: string) =>
      values[entries.findIndex(([name]) => name === field)] ??
      fail("internal", { expected: `a field ${field}` });
    return { loss: it.loss(g, at) };
  };
  const plan = {
    phases: [
      {
        name: "",
        network: buildNetwork("fit", inputs, body, { training: true, batch: it.draws }),
        streams: entries.map(() => ""),
        batches: { "": it.draws },
        ...{ steps: 1, accumulate: 1, optimizer: adam() },
      },
    ],
    evaluations: [],
    streams: { "": Object.fromEntries(inputs.map(({ name, dtype, shape }) => [name, { dtype, shape }])) },
    trains: (_: number, { name }: { readonly name: string }) => it.trains?.(name) ?? true,
  };
  const stream = streamOf(
    Object.fromEntries(
      entries.map(([name, { data, width }]) => [
        name,
        { dtype: "float32" as const, dims: [it.count, ...shapeOf(width)], data },
      ]),
    ),
  );
  const { seed, initial } = it;
  await using runner = await ProgramRunner.create(
    runtime,
    plan,
    { "": stream },
    {
      ...{ seed, initial, sliceMs: Number.POSITIVE_INFINITY, order: () => strided },
    },
  );
  let state = runner.start();
  const rate = (_: number, step: number) =>
    0.5 * it.learningRate * (1 + Math.cos((Math.PI * step) / it.steps));
  for await (const slice of runner.rounds(state, it.steps, rate)) state = slice.state;
  const parameters: Record<string, Tensor> = {};
  runner.program.space.blocks.forEach(({ params }, block) => {
    let at = 0;
    for (const { name, shape } of params) {
      const data = state.theta[block]?.slice(at, at + sizeOf(shape)) ?? new Float32Array(0);
      parameters[name] = { dtype: "float32", dims: shape, data };
      at += data.length;
    }
  });
  return parameters;
}

/** Rows one after the other. */
export function flatRows(rows: readonly Float32Array[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(row, i * width);
  });
  return out;
}

/**
 * Every row once, in steps of a random width that has no factor in common with their number: a pass costs two random
 * numbers.
 */
const strided: Order = (length, _, rng) => {
  const first = rng.int(length);
  let step = 1 + rng.int(length);
  while (gcd(step, length) !== 1) step = (step % length) + 1;
  return Array.from({ length }, (_, i) => (first + i * step) % length);
};

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
