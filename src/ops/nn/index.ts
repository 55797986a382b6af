import type { OpDefinition } from "../define.js";
import { AffineGrid } from "./affine-grid.js";
import { Attention } from "./attention.js";
import { AveragePool } from "./average-pool.js";
import { BatchNormalization } from "./batch-normalization.js";
import { Col2Im } from "./col-2-im.js";
import { Conv } from "./conv.js";
import { ConvInteger } from "./conv-integer.js";
import { ConvTranspose } from "./conv-transpose.js";
import { DeformConv } from "./deform-conv.js";
import { DequantizeLinear } from "./dequantize-linear.js";
import { Dropout } from "./dropout.js";
import { DynamicQuantizeLinear } from "./dynamic-quantize-linear.js";
import { GlobalAveragePool } from "./global-average-pool.js";
import { GlobalLpPool } from "./global-lp-pool.js";
import { GlobalMaxPool } from "./global-max-pool.js";
import { GridSample } from "./grid-sample.js";
import { GroupNormalization } from "./group-normalization.js";
import { GRU } from "./gru.js";
import { If } from "./if.js";
import { InstanceNormalization } from "./instance-normalization.js";
import { LayerNormalization } from "./layer-normalization.js";
import { Loop } from "./loop.js";
import { LpNormalization } from "./lp-normalization.js";
import { LpPool } from "./lp-pool.js";
import { LRN } from "./lrn.js";
import { LSTM } from "./lstm.js";
import { MatMulInteger } from "./mat-mul-integer.js";
import { MaxPool } from "./max-pool.js";
import { MaxRoiPool } from "./max-roi-pool.js";
import { MaxUnpool } from "./max-unpool.js";
import { MeanVarianceNormalization } from "./mean-variance-normalization.js";
import { NonMaxSuppression } from "./non-max-suppression.js";
import { QLinearConv } from "./q-linear-conv.js";
import { QLinearMatMul } from "./q-linear-mat-mul.js";
import { QuantizeLinear } from "./quantize-linear.js";
import { RMSNormalization } from "./rms-normalization.js";
import { RNN } from "./rnn.js";
import { RoiAlign } from "./roi-align.js";
import { RotaryEmbedding } from "./rotary-embedding.js";
import { Scan } from "./scan.js";

/** Convolution, pooling, normalisation, losses, control flow. A new operator is its file and a line here. */
export const NN_OPERATORS: readonly OpDefinition[] = [
  AveragePool,
  BatchNormalization,
  Conv,
  ConvTranspose,
  DeformConv,
  DequantizeLinear,
  Dropout,
  DynamicQuantizeLinear,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  GroupNormalization,
  If,
  InstanceNormalization,
  LayerNormalization,
  Loop,
  LpNormalization,
  LpPool,
  LRN,
  MaxPool,
  MeanVarianceNormalization,
  NonMaxSuppression,
  QuantizeLinear,
  Scan,
  RMSNormalization,
  RoiAlign,
  RotaryEmbedding,
  Attention,
  MatMulInteger,
  QLinearMatMul,
  ConvInteger,
  QLinearConv,
  GridSample,
  AffineGrid,
  Col2Im,
  MaxRoiPool,
  MaxUnpool,
  LSTM,
  GRU,
  RNN,
];
