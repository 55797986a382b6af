import type { OpDefinition } from "../define.js";
import { Concat } from "./concat.js";
import { ConstantOfShape } from "./constant-of-shape.js";
import { Expand } from "./expand.js";
import { Gather } from "./gather.js";
import { GatherElements } from "./gather-elements.js";
import { GatherND } from "./gather-nd.js";
import { Identity } from "./identity.js";
import { Pad } from "./pad.js";
import { Range } from "./range.js";
import { Reshape } from "./reshape.js";
import { ScatterElements } from "./scatter-elements.js";
import { ScatterND } from "./scatter-nd.js";
import { Shape } from "./shape.js";
import { Size } from "./size.js";
import { Slice } from "./slice.js";
import { Split } from "./split.js";
import { Squeeze } from "./squeeze.js";
import { Tile } from "./tile.js";
import { Transpose } from "./transpose.js";
import { Unsqueeze } from "./unsqueeze.js";

/** Shape, indexing and construction of tensors. A new operator is its file and a line here. */
export const TENSOR_OPERATORS: readonly OpDefinition[] = [
  Concat,
  ConstantOfShape,
  Expand,
  Gather,
  GatherElements,
  GatherND,
  Identity,
  Pad,
  Range,
  Reshape,
  ScatterElements,
  ScatterND,
  Shape,
  Size,
  Slice,
  Split,
  Squeeze,
  Tile,
  Transpose,
  Unsqueeze,
];
