import { dim, fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { type Definition, sample } from "../define.js";
import { type Initializer, init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { conv2d } from "./conv.js";

/** Image [N, C, H, W] to tokens [N, patches, width]: each patch×patch square by one linear layer. */
export function patchEmbedding(
  g: NetworkBuilder,
  image: Value,
  width: number,
  patch: number,
  options: { readonly init?: Initializer } = {},
): Value {
  for (const axis of [2, 3]) {
    const size = fixedDim(image, axis);
    if (size % patch !== 0) {
      fail("patch_size", {
        path: image.name,
        expected: `sides that ${patch} divides`,
        received: dim.format(image.shape.slice(2)),
        hint: "choose another patch size or image size",
      });
    }
  }
  const maps = g.scope("patches", () =>
    conv2d(g, image, width, {
      kernel: patch,
      stride: patch,
      padding: 0,
      bias: true,
      init: options.init ?? init.lecunNormal,
    }),
  );
  return g.Transpose(g.Reshape(maps, g.i64([0, width, -1])), { perm: [0, 2, 1] });
}

/** Tokens x [N, L, C] with a learned token before them: [N, L + count, C]. */
export function classToken(g: NetworkBuilder, x: Value, count = 1): Value {
  const width = fixedDim(x, 2);
  const token = g.param("class_token", [1, count, width], { init: init.truncatedNormal(0.02), decay: false });
  const batch = x.shape[0];
  const shape =
    typeof batch === "number"
      ? g.i64([batch, count, width])
      : g.Concat([g.Shape(x, { start: 0, end: 1 }), g.i64([count, width])], { axis: 0 });
  return g.Concat([g.Expand(token, shape), x], { axis: 1 });
}

/** The token at a place: x [N, L, C] to [N, C]. */
export function tokenAt(g: NetworkBuilder, x: Value, place: number): Value {
  return g.Gather(x, g.i64(place), { axis: 1 });
}

const group = "Transformers";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "patchEmbedding",
    group,
    doc: "An image as tokens: each square of pixels by one linear layer.",
    source: "Dosovitskiy et al. 2021, arXiv:2010.11929",
    samples: [sample({ x: ["N", 3, 4, 6] }, ["N", 6, 5], (g, { x }) => patchEmbedding(g, x, 5, 2))],
  },
  {
    kind: "layer",
    name: "classToken",
    group,
    doc: "Learned tokens before the others.",
    source: "Devlin et al. 2018, arXiv:1810.04805",
    samples: [sample({ x: ["N", 3, 4] }, ["N", 4, 4], (g, { x }) => classToken(g, x))],
  },
  {
    kind: "layer",
    name: "tokenAt",
    group,
    doc: "The token at a place.",
    samples: [sample({ x: ["N", 3, 4] }, ["N", 4], (g, { x }) => tokenAt(g, x, 1))],
  },
];
