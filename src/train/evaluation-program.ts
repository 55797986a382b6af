import { type Model, sizeOf, type Value } from "../ir/index.js";
import type { Network } from "../nn/index.js";
import { Builder, inline } from "../ops/index.js";
import { unpack } from "./flat.js";
import { modelOf } from "./program.js";

/**
 * The evaluation program: the inference form with its weights as inputs, so that one session serves every epoch.
 * Inputs: `theta`, `states`, the data inputs by name [N, …]. Output: `prediction` (logits, or values in the
 * target's units).
 */
export function evaluationProgram(network: Network): Model {
  const g = new Builder("evaluation");
  const size = network.params.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  const stateSize = network.states.reduce((sum, s) => sum + sizeOf(s.shape), 0);
  const theta = g.input("theta", "float32", [size]);
  const states = g.input("states", "float32", [Math.max(1, stateSize)]);
  const bindings = new Map<Value, Value>();
  for (const v of network.inputs) bindings.set(v, g.input(v.name, v.dtype, v.shape));
  const params = unpack(g, theta, network.params);
  network.params.forEach((p, i) => {
    bindings.set(p.value, params[i] ?? p.value);
  });
  const parts = stateSize === 0 ? [] : unpack(g, states, network.states);
  network.states.forEach((s, i) => {
    bindings.set(s.value, parts[i] ?? s.value);
  });
  const [prediction] = inline(g, network.graph, bindings);
  if (prediction === undefined) throw new Error("the network has no output");
  return modelOf(g.finish([g.identityAs(prediction, "prediction")]));
}
