import { OWN_GRADIENT, Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/**
 * The same value, through which no gradient flows. The mark stands at the node itself, so that it holds inside
 * loops, after inlining and through passes; it costs nothing at run time.
 */
export function stopGradient(g: Builder, x: Value): Value {
  const y = new Value(g.freshName(`${g.path}stopped`), x.type);
  g.append({
    opType: "Identity",
    domain: "",
    name: g.freshName(`${g.path}StopGradient`),
    inputs: [x],
    outputs: [y],
    attributes: { [OWN_GRADIENT]: { type: "string", value: "stop" } },
  });
  return y;
}
