import type { OpDefinition } from "../define.js";
import { Bernoulli } from "./bernoulli.js";
import { BitCast } from "./bit-cast.js";
import { CenterCropPad } from "./center-crop-pad.js";
import { Compress } from "./compress.js";
import { Concat } from "./concat.js";
import { Constant } from "./constant.js";
import { ConstantOfShape } from "./constant-of-shape.js";
import { DepthToSpace } from "./depth-to-space.js";
import { Expand } from "./expand.js";
import { EyeLike } from "./eye-like.js";
import { Flatten } from "./flatten.js";
import { Gather } from "./gather.js";
import { GatherElements } from "./gather-elements.js";
import { GatherND } from "./gather-nd.js";
import { Identity } from "./identity.js";
import { Multinomial } from "./multinomial.js";
import { NonZero } from "./non-zero.js";
import { OneHot } from "./one-hot.js";
import { Pad } from "./pad.js";
import { RandomNormal } from "./random-normal.js";
import { RandomNormalLike } from "./random-normal-like.js";
import { RandomUniform } from "./random-uniform.js";
import { RandomUniformLike } from "./random-uniform-like.js";
import { Range } from "./range.js";
import { Reshape } from "./reshape.js";
import { Resize } from "./resize.js";
import { ReverseSequence } from "./reverse-sequence.js";
import { ScatterElements } from "./scatter-elements.js";
import { ScatterND } from "./scatter-nd.js";
import { Shape } from "./shape.js";
import { Size } from "./size.js";
import { Slice } from "./slice.js";
import { SpaceToDepth } from "./space-to-depth.js";
import { Split } from "./split.js";
import { Squeeze } from "./squeeze.js";
import { TensorScatter } from "./tensor-scatter.js";
import { Tile } from "./tile.js";
import { Transpose } from "./transpose.js";
import { Trilu } from "./trilu.js";
import { Unique } from "./unique.js";
import { Unsqueeze } from "./unsqueeze.js";

/** Shape, indexing and construction of tensors. A new operator is its file and a line here. */
export const TENSOR_OPERATORS: readonly OpDefinition[] = [
  Compress,
  Concat,
  Constant,
  ConstantOfShape,
  DepthToSpace,
  Expand,
  EyeLike,
  Flatten,
  Gather,
  GatherElements,
  GatherND,
  Identity,
  NonZero,
  OneHot,
  Pad,
  Range,
  Reshape,
  Resize,
  ReverseSequence,
  ScatterElements,
  ScatterND,
  Shape,
  Size,
  Slice,
  SpaceToDepth,
  Split,
  Squeeze,
  Tile,
  Transpose,
  Trilu,
  Unique,
  Unsqueeze,
  RandomNormal,
  RandomNormalLike,
  RandomUniform,
  RandomUniformLike,
  Bernoulli,
  Multinomial,
  TensorScatter,
  CenterCropPad,
  BitCast,
];
