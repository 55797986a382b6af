import { type Graph, isFloat, type Value } from "../ir/index.js";
import { type Builder, type Names, opOf, readAttributes } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Replace training-mode `BatchNormalization` by elementary operators: ONNX Runtime's CPU provider has only
 * the inference form. To be applied after differentiation, whose rule for the whole operator is cheaper than
 * the sum of its parts.
 */
export function decomposeBatchNorm(graph: Graph, names?: Names): Graph {
  return rewrite(
    graph,
    (node, g) => {
      if (node.opType !== "BatchNormalization" || node.domain !== "") return undefined;
      const attrs = readAttributes(opOf("BatchNormalization").attributes, node.attributes);
      const [x, scale, bias, mean, variance] = node.inputs;
      if (attrs.training_mode !== 1 || x === undefined || scale === undefined || bias === undefined)
        return undefined;
      if (mean === undefined || variance === undefined || !isFloat(x.dtype)) return undefined;
      const axes = g.i64(x.shape.map((_, i) => i).filter((i) => i !== 1));
      const epsilon = Number(attrs.epsilon);
      const momentum = Number(attrs.momentum);
      const batchMean = g.ReduceMean(x, axes, { keepdims: 1 });
      const centred = g.Sub(x, batchMean);
      const batchVariance = g.ReduceMean(g.Mul(centred, centred), axes, { keepdims: 1 });
      const flat = g.i64([-1]);
      // The inference form does scale and shift in one pass, of the centred input, which the gradient reads too.
      const zero = g.Expand(g.scalar(0, x.dtype), channelCount(g, scale));
      const spread = g.Reshape(batchVariance, flat);
      const y = g.BatchNormalization(centred, scale, bias, zero, spread, { epsilon });
      const track = (old: typeof mean, now: typeof mean) =>
        g.Add(g.Mul(old, g.scalar(momentum, x.dtype)), g.Mul(now, g.scalar(1 - momentum, x.dtype)));
      return [y, track(mean, g.Reshape(batchMean, flat)), track(variance, spread)];
    },
    names,
  );
}

function channelCount(g: Builder, scale: Value): Value {
  const [channels] = scale.shape;
  return typeof channels === "number" ? g.i64([channels]) : g.Shape(scale);
}
