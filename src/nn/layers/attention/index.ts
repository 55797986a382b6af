export { type AttendOptions, attend } from "./attend.js";
export { alibiBias, alibiSlopes, relativePositionBias, relativePositionBias2d } from "./biases.js";
export { type LinearAttentionOptions, linearAttention } from "./linear-attention.js";
export type { MaskOptions } from "./masks.js";
export { type AttentionOptions, attention } from "./multi-head.js";
