import type { Value } from "../ir/index.js";
import { embedding, type NetworkBuilder } from "../nn/index.js";
import type { Features } from "./preprocess.js";

/**
 * All features of an example side by side, [N, F]: images and arrays flattened; of tables the numbers, then the
 * categories, each as `embeddingWidth` learned numbers (at most as many as there are categories) or, where that
 * is 0, as one-hot columns.
 */
export function flatFeatures(g: NetworkBuilder, features: Features, embeddingWidth: number): Value {
  if (features.kind === "image") return g.Flatten(features.image, { axis: 1 });
  if (features.kind === "plain")
    return features.x.rank === 2 ? features.x : g.Flatten(features.x, { axis: 1 });
  const parts: Value[] = features.numeric === undefined ? [] : [features.numeric];
  features.categorical.forEach(({ codes, count }, i) => {
    parts.push(
      g.scope(`category${i + 1}`, () => {
        if (embeddingWidth > 0) return embedding(g, codes, count, Math.min(embeddingWidth, count));
        const onOff = g.constant({ dtype: "float32", dims: [2], data: Float32Array.of(0, 1) });
        return g.OneHot(codes, g.i64([count]), onOff, { axis: -1 });
      }),
    );
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : g.Concat(parts, { axis: 1 });
}
