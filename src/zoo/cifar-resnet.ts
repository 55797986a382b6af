import type { Value } from "../ir/index.js";
import { convBn, fixedDim, globalAveragePool, linear, type NetworkBuilder } from "../nn/index.js";

/**
 * Residual networks of depth 6n + 2 for small images (He et al. 2015, arXiv:1512.03385, section 4.2): a 3×3
 * convolution, three stages of n blocks with widths w, 2w, 4w, global average pooling, a linear layer. Shortcuts
 * hold no parameters (option A): where a stage begins, every other pixel and zeros for the new channels.
 */
export function cifarResnet(
  g: NetworkBuilder,
  image: Value,
  shape: { readonly blocks: number; readonly width: number },
  outputs: number,
): Value {
  const { blocks, width } = shape;
  let h = g.scope("stem", () => convBn(g, image, width, { kernel: 3, activation: "relu" }));
  [width, 2 * width, 4 * width].forEach((channels, stage) => {
    for (let n = 0; n < blocks; n++) {
      const stride = stage > 0 && n === 0 ? 2 : 1;
      h = g.scope(`stage${stage + 1}/block${n + 1}`, () => basicBlock(g, h, channels, stride));
    }
  });
  return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
}

function basicBlock(g: NetworkBuilder, x: Value, channels: number, stride: 1 | 2): Value {
  const inner = g.scope("first", () => convBn(g, x, channels, { kernel: 3, stride, activation: "relu" }));
  const outer = g.scope("second", () => convBn(g, inner, channels, { kernel: 3 }));
  return g.Relu(g.Add(outer, stride === 1 ? x : padChannels(g, subsample(g, x), channels)));
}

/** Every other pixel. ONNX Runtime pools 1×1 windows ten times faster than it slices with a step. */
function subsample(g: NetworkBuilder, x: Value): Value {
  return g.AveragePool(x, { kernel_shape: [1, 1], strides: [2, 2] });
}

function padChannels(g: NetworkBuilder, x: Value, channels: number): Value {
  return g.Pad(x, g.i64([0, 0, 0, 0, 0, channels - fixedDim(x, 1), 0, 0]));
}
