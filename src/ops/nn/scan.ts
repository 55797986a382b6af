import { fail, issue } from "../../base/index.js";
import type { Attribute, Graph, Node, Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { remap } from "../tensor/rules.js";
import { carriedValues, type Iteration, inputOf } from "./iteration.js";
import { iterationGrad } from "./iteration-grad.js";
import { stack } from "./loop.js";
import { eitherShape, sampleGraph, sampleValue } from "./subgraph.js";

interface ScanOptions {
  body: Graph;
  num_scan_inputs: number;
  scan_input_axes?: readonly number[];
  /** 1 reads (or stacks) from the last to the first. */
  scan_input_directions?: readonly (0 | 1)[];
  scan_output_axes?: readonly number[];
  scan_output_directions?: readonly (0 | 1)[];
}

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Runs `body` (inputs: states..., one slice of each scanned input; outputs: states..., slices...) over the
     * slices of the last `num_scan_inputs` inputs. Gives the last states, then the slices stacked.
     */
    Scan(inputs: readonly Value[], attrs: ScanOptions): Value[];
  }
}

/** A subgraph run over the slices of tensors. */
export const Scan = defineOp({
  type: "Scan",
  since: 11,
  doc: "A subgraph run over the slices of tensors, with states carried from one to the next.",
  inputs: ["inputs..."],
  outputs: ["ys..."],
  anyValue: true,
  attributes: {
    body: attr.graph(),
    num_scan_inputs: attr.int(),
    scan_input_axes: attr.ints(),
    scan_input_directions: attr.ints(),
    scan_output_axes: attr.ints(),
    scan_output_directions: attr.ints(),
  },
  outputCount: (_, { body }) => body?.outputs.length ?? 0,
  infer({ inputs }, attrs, { subgraph }) {
    const { body, num_scan_inputs } = attrs;
    if (body === undefined || num_scan_inputs === undefined) {
      return issue("attribute_missing", { expected: "body and num_scan_inputs" });
    }
    const states = inputs.length - num_scan_inputs;
    const [scanned] = inputs.slice(states);
    if (states < 0 || body.inputs.length !== inputs.length || scanned === undefined) {
      return issue("scan_body", {
        expected: `a body of ${inputs.length} inputs, one or more of them scanned`,
        received: `${body.inputs.length} inputs, ${num_scan_inputs} scanned`,
      });
    }
    const axis = wrap(attrs.scan_input_axes?.[0] ?? 0, scanned.shape.length);
    const length = scanned.shape[axis] ?? 1;
    return {
      ys: subgraph(body).map((type, i) => {
        if (type?.shape === undefined) return undefined;
        if (i < states) {
          const shape = eitherShape(inputs[i]?.shape, type.shape);
          return shape && { dtype: type.dtype, shape };
        }
        const at = wrap(attrs.scan_output_axes?.[i - states] ?? 0, type.shape.length + 1);
        return { dtype: type.dtype, shape: [...type.shape.slice(0, at), length, ...type.shape.slice(at)] };
      }),
    };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ inputs }, attrs, { run }) {
    const { body, num_scan_inputs: count = 0 } = attrs;
    if (body === undefined) return fail("attribute_missing", { expected: "body" });
    const states = inputs.length - count;
    const scanned = inputs.slice(states);
    const axes = scanned.map((x, k) => wrap(attrs.scan_input_axes?.[k] ?? 0, x.dims.length));
    const length = scanned[0]?.dims[axes[0] ?? 0] ?? 0;
    let state: readonly RefTensor[] = inputs.slice(0, states);
    const lists: RefTensor[][] = body.outputs.slice(states).map(() => []);
    for (let step = 0; step < length; step++) {
      const slices = scanned.map((x, k) =>
        sliceAt(x, axes[k] ?? 0, attrs.scan_input_directions?.[k] === 1 ? length - 1 - step : step),
      );
      const outputs = run(body, [...state, ...slices]);
      state = outputs.slice(0, states);
      outputs.slice(states).forEach((out, k) => {
        lists[k]?.push(out);
      });
    }
    const stacked = lists.map((list, k) => {
      if (attrs.scan_output_directions?.[k] === 1) list.reverse();
      const first = stack(list, body.outputs[states + k]);
      return axisFromFront(first, wrap(attrs.scan_output_axes?.[k] ?? 0, first.dims.length));
    });
    return { ys: [...state, ...stacked] };
  },
  grad(g, { inputs }, { ys: seeds }, { attrs, outputs: { ys }, walk }) {
    const { body, num_scan_inputs: count = 0 } = attrs;
    if (body === undefined) return {};
    const states = inputs.length - count;
    const slice = (whole: Value | undefined, slice: Value, axis: number, direction: number | undefined) => ({
      whole,
      slice,
      axis: wrap(axis, slice.rank + 1),
      backward: direction === 1,
    });
    const first = inputs[states];
    const it: Iteration = {
      node: walk.node,
      body,
      states: carriedValues(body, 0, 0, inputs.slice(0, states), ys),
      scanned: inputs
        .slice(states)
        .map((x, k) =>
          slice(
            x,
            inputOf(body, states + k),
            attrs.scan_input_axes?.[k] ?? 0,
            attrs.scan_input_directions?.[k],
          ),
        ),
      stacked: body.outputs
        .slice(states)
        .map((v, k) =>
          slice(ys[states + k], v, attrs.scan_output_axes?.[k] ?? 0, attrs.scan_output_directions?.[k]),
        ),
      length: first?.shape[wrap(attrs.scan_input_axes?.[0] ?? 0, first.rank)] ?? 1,
      withBody,
    };
    const split = { finals: seeds?.slice(0, states) ?? [], stacked: seeds?.slice(states) ?? [] };
    const grads = iterationGrad(g, it, split, walk);
    for (const [value, grad] of grads.captured) walk.add(value, grad);
    return { inputs: [...grads.starts, ...grads.scanned] };
  },
  samples: [
    { inputs: { inputs: [[2], [3, 2]] }, attrs: { body: running(), num_scan_inputs: 1 } },
    {
      inputs: { inputs: [[2], [2, 4]] },
      attrs: {
        body: running(),
        num_scan_inputs: 1,
        scan_input_axes: [1],
        scan_input_directions: [1],
        scan_output_axes: [-1],
        scan_output_directions: [1],
      },
    },
  ],
});

/** The node with a body that gives more stacked results. */
function withBody(node: Node, body: Graph, stacked: readonly Value[]): Node {
  const attributes: Record<string, Attribute> = { ...node.attributes, body: { type: "graph", value: body } };
  for (const name of ["scan_output_axes", "scan_output_directions"]) {
    const given = attributes[name];
    if (given?.type === "ints")
      attributes[name] = { type: "ints", value: [...given.value, ...stacked.map(() => 0)] };
  }
  return { ...node, attributes, outputs: [...node.outputs, ...stacked] };
}

function wrap(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function sliceAt(x: RefTensor, axis: number, at: number): RefTensor {
  const one = remap(x, x.dims.with(axis, 1), (index) => index.with(axis, at));
  return ref(
    x.dtype,
    x.dims.filter((_, i) => i !== axis),
    one.data,
  );
}

/** The first axis moved to another place. */
function axisFromFront(x: RefTensor, axis: number): RefTensor {
  const [first = 0, ...rest] = x.dims;
  const dims = [...rest.slice(0, axis), first, ...rest.slice(axis)];
  return remap(x, dims, (index) => [index[axis] ?? 0, ...index.slice(0, axis), ...index.slice(axis + 1)]);
}

/** A running sum: the state, and the state after each step. */
function running(): Graph {
  const [state, slice, sum, seen] = ["scan_s", "scan_x", "scan_sum", "scan_seen"].map((n) =>
    sampleValue(n, [2]),
  ) as [Value, Value, Value, Value];
  return sampleGraph(
    "steps",
    [state, slice],
    [sum, seen],
    [
      ["Add", [state, slice], sum],
      ["Identity", [sum], seen],
    ],
  );
}
