import { type Dim, dim, type Shape } from "../../base/index.js";
import { Graph, type Node, type TensorType, Value } from "../../ir/index.js";

/** Shape of a value that may come from either of two places; lengths that differ are left to the run. */
export function eitherShape(a: Shape | undefined, b: Shape | undefined): Dim[] | undefined {
  if (a === undefined || b === undefined || a.length !== b.length) return undefined;
  return a.map((d, i) => (d === b[i] ? d : dim.unknown()));
}

/** Type of such a value; undefined where the types differ or not even the rank is known. */
export function eitherType(a: TensorType | undefined, b: TensorType | undefined) {
  const shape = eitherShape(a?.shape, b?.shape);
  if (a === undefined || a.dtype !== b?.dtype || shape === undefined) return undefined;
  return { dtype: a.dtype, shape };
}

/** A body for samples: nodes written out, since the builder has no operators before all are registered. */
export function sampleGraph(
  name: string,
  inputs: readonly Value[],
  outputs: readonly Value[],
  nodes: readonly (readonly [op: string, inputs: readonly Value[], output: Value])[],
): Graph {
  return new Graph({
    name,
    inputs,
    outputs,
    initializers: [],
    nodes: nodes.map(
      ([opType, read, written], i): Node => ({
        opType,
        domain: "",
        name: `${name}_${opType}_${i}`,
        inputs: read,
        outputs: [written],
        attributes: {},
      }),
    ),
  });
}

/** A float32 value for sample bodies. */
export function sampleValue(name: string, shape: Shape = []): Value {
  return Value.of(name, "float32", shape);
}
