import { type Dim, dim, fail, issue } from "../../base/index.js";
import { type Graph, Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { argOf } from "../builder.js";
import { lengthsIn } from "../contents.js";
import { type Arg, defineOp } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { carriedValues, type Iteration } from "./iteration.js";
import { iterationGrad, iterationGradIfAny } from "./iteration-grad.js";
import { eitherShape, sampleGraph, sampleValue } from "./subgraph.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Runs `body` (made by `g.subgraph`; inputs: iteration, condition, carried...; outputs: condition,
     * carried..., scanned...) up to `trips` times while `condition` holds. Gives the last carried values, then
     * the scanned ones stacked along a new first axis.
     */
    Loop(
      trips: Value | undefined,
      condition: Value | undefined,
      carried: readonly Value[],
      attrs: { body: Graph },
    ): Value[];
  }
}

/** A subgraph run again and again over carried values. */
export const Loop = defineOp({
  type: "Loop",
  since: 13,
  doc: "A subgraph run repeatedly over carried values, some outputs stacked over the iterations.",
  inputs: ["trips?", "condition?", "carried..."],
  outputs: ["ys..."],
  anyValue: true,
  attributes: { body: attr.graph() },
  outputCount: (_, { body }) => (body?.outputs.length ?? 1) - 1,
  infer({ trips, condition, carried }, { body }, { subgraph }) {
    if (body === undefined) return issue("attribute_missing", { expected: "body" });
    if (body.inputs.length !== carried.length + 2 || body.outputs.length < carried.length + 1) {
      return issue("loop_body", {
        expected: `a body of ${carried.length + 2} inputs and at least ${carried.length + 1} outputs`,
        received: `${body.inputs.length} and ${body.outputs.length}`,
      });
    }
    const length = stepCount(body, trips, condition) ?? dim.unknown();
    return {
      ys: subgraph(body)
        .slice(1)
        .map((type, i) => {
          if (type?.shape === undefined) return undefined;
          const start = carried[i];
          if (start === undefined) return { dtype: type.dtype, shape: [length, ...type.shape] };
          const shape = eitherShape(start.shape, type.shape);
          return shape === undefined ? undefined : { dtype: type.dtype, shape };
        }),
    };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ trips, condition, carried }, { body }, { run }) {
    if (body === undefined) return fail("attribute_missing", { expected: "body" });
    const limit = trips?.data[0] ?? Number.POSITIVE_INFINITY;
    let state: readonly RefTensor[] = carried;
    let holds = condition === undefined || condition.data[0] !== 0;
    const scanned: RefTensor[][] = body.outputs.slice(1 + carried.length).map(() => []);
    for (let i = 0; i < limit && holds; i++) {
      const outputs = run(body, [
        ref("int64", [], Float64Array.of(i)),
        ref("bool", [], Float64Array.of(Number(holds))),
        ...state,
      ]);
      holds = outputs[0]?.data[0] !== 0;
      state = outputs.slice(1, 1 + carried.length);
      outputs.slice(1 + carried.length).forEach((out, k) => {
        scanned[k]?.push(out);
      });
    }
    const declared = body.outputs.slice(1 + carried.length);
    return { ys: [...state, ...scanned.map((list, k) => stack(list, declared[k]))] };
  },
  grad(g, { carried }, { ys: seeds }, { attrs: { body }, outputs: { ys }, walk }) {
    if (body === undefined) return {};
    const count = carried.length;
    const stacked = body.outputs.slice(count + 1).map((slice, k) => {
      return { whole: ys[count + k], slice, axis: 0, backward: false };
    });
    const [trips, condition] = walk.node.inputs.map((v) => (v === undefined ? undefined : argOf(v)));
    const length =
      stacked.find((s) => s.whole !== undefined)?.whole?.shape[0] ??
      stepCount(body, trips, condition) ??
      dim.unknown();
    const it: Iteration = {
      node: walk.node,
      body,
      states: carriedValues(body, 2, 1, carried, ys),
      scanned: [],
      stacked,
      length,
      withBody: (node, body, more) => ({
        ...node,
        attributes: { ...node.attributes, body: { type: "graph", value: body } },
        outputs: [...node.outputs, ...more],
      }),
    };
    const split = { finals: seeds?.slice(0, count) ?? [], stacked: seeds?.slice(count) ?? [] };
    const some = typeof length === "number" && length > 0;
    const grads = some ? iterationGrad(g, it, split, walk) : iterationGradIfAny(g, it, split, walk);
    for (const [value, grad] of grads.captured) walk.add(value, grad);
    return { carried: grads.starts };
  },
  samples: [
    {
      inputs: {
        trips: { dims: [], dtype: "int64", values: [4] },
        condition: { dims: [], dtype: "bool", values: [1] },
        carried: [[2, 3], { dims: [2, 3], low: 0, high: 1 }],
      },
      attrs: { body: doubling() },
    },
  ],
});

/** The number of steps, where nothing can end the loop before the last trip. */
function stepCount(body: Graph, trips: Arg | undefined, condition: Arg | undefined): Dim | undefined {
  const goes = condition === undefined || condition.constant?.data[0] === 1;
  const count = goes && handsThrough(body) ? lengthsIn(trips)?.[0] : undefined;
  return typeof count === "number" ? Math.max(0, count) : count;
}

/** Whether the condition that a body gives is the one that it gets. */
function handsThrough(body: Graph): boolean {
  const [, given] = body.inputs;
  let [value] = body.outputs;
  for (
    let node = value && body.producer(value);
    node?.opType === "Identity";
    node = value && body.producer(value)
  ) {
    value = node.inputs[0];
  }
  return value !== undefined && (value === given || value.data?.data[0] === 1);
}

/** Tensors one after another along a new first axis. */
export function stack(list: readonly RefTensor[], declared: Value | undefined): RefTensor {
  const [first] = list;
  if (first === undefined) {
    const shape = declared?.shape.map((d) => (typeof d === "number" ? d : 0)) ?? [];
    return ref(declared?.dtype ?? "float32", [0, ...shape]);
  }
  const out = ref(first.dtype, [list.length, ...first.dims]);
  list.forEach((t, i) => {
    out.data.set(t.data, i * first.data.length);
  });
  return out;
}

/** a, b → a + b, a; and the sum of each step. */
function doubling(): Graph {
  const iteration = Value.of("loop_i", "int64", []);
  const condition = Value.of("loop_go", "bool", []);
  const [a, b] = [sampleValue("loop_a", [2, 3]), sampleValue("loop_b", [2, 3])];
  const go = Value.of("loop_on", "bool", []);
  const [sum, old, seen] = ["loop_sum", "loop_old", "loop_seen"].map((n) => sampleValue(n, [2, 3])) as [
    Value,
    Value,
    Value,
  ];
  return sampleGraph(
    "body",
    [iteration, condition, a, b],
    [go, sum, old, seen],
    [
      ["Identity", [condition], go],
      ["Add", [a, b], sum],
      ["Identity", [a], old],
      ["Identity", [sum], seen],
    ],
  );
}
