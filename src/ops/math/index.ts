import type { OpDefinition } from "../define.js";
import { Abs } from "./abs.js";
import { Acos } from "./acos.js";
import { Acosh } from "./acosh.js";
import { Add } from "./add.js";
import { And } from "./and.js";
import { ArgMax } from "./arg-max.js";
import { ArgMin } from "./arg-min.js";
import { Asin } from "./asin.js";
import { Asinh } from "./asinh.js";
import { Atan } from "./atan.js";
import { Atanh } from "./atanh.js";
import { BitShift } from "./bit-shift.js";
import { BitwiseAnd } from "./bitwise-and.js";
import { BitwiseNot } from "./bitwise-not.js";
import { BitwiseOr } from "./bitwise-or.js";
import { BitwiseXor } from "./bitwise-xor.js";
import { BlackmanWindow } from "./blackman-window.js";
import { Cast } from "./cast.js";
import { CastLike } from "./cast-like.js";
import { Ceil } from "./ceil.js";
import { Celu } from "./celu.js";
import { Clip } from "./clip.js";
import { Cos } from "./cos.js";
import { Cosh } from "./cosh.js";
import { CumProd } from "./cum-prod.js";
import { CumSum } from "./cum-sum.js";
import { Det } from "./det.js";
import { DFT } from "./dft.js";
import { Div } from "./div.js";
import { Einsum } from "./einsum.js";
import { Elu } from "./elu.js";
import { Equal } from "./equal.js";
import { Erf } from "./erf.js";
import { Exp } from "./exp.js";
import { Floor } from "./floor.js";
import { Gelu } from "./gelu.js";
import { Gemm } from "./gemm.js";
import { Greater } from "./greater.js";
import { GreaterOrEqual } from "./greater-or-equal.js";
import { HammingWindow } from "./hamming-window.js";
import { HannWindow } from "./hann-window.js";
import { HardSigmoid } from "./hard-sigmoid.js";
import { HardSwish } from "./hard-swish.js";
import { Hardmax } from "./hardmax.js";
import { IsInf } from "./is-inf.js";
import { IsNaN } from "./is-na-n.js";
import { LeakyRelu } from "./leaky-relu.js";
import { Less } from "./less.js";
import { LessOrEqual } from "./less-or-equal.js";
import { Log } from "./log.js";
import { LogSoftmax } from "./log-softmax.js";
import { MatMul } from "./mat-mul.js";
import { Max } from "./max.js";
import { Mean } from "./mean.js";
import { MelWeightMatrix } from "./mel-weight-matrix.js";
import { Min } from "./min.js";
import { Mish } from "./mish.js";
import { Mod } from "./mod.js";
import { Mul } from "./mul.js";
import { Neg } from "./neg.js";
import { NegativeLogLikelihoodLoss } from "./negative-log-likelihood-loss.js";
import { Not } from "./not.js";
import { Or } from "./or.js";
import { PRelu } from "./p-relu.js";
import { Pow } from "./pow.js";
import { Reciprocal } from "./reciprocal.js";
import { ReduceL1 } from "./reduce-l1.js";
import { ReduceL2 } from "./reduce-l2.js";
import { ReduceLogSum } from "./reduce-log-sum.js";
import { ReduceLogSumExp } from "./reduce-log-sum-exp.js";
import { ReduceMax } from "./reduce-max.js";
import { ReduceMean } from "./reduce-mean.js";
import { ReduceMin } from "./reduce-min.js";
import { ReduceProd } from "./reduce-prod.js";
import { ReduceSum } from "./reduce-sum.js";
import { ReduceSumSquare } from "./reduce-sum-square.js";
import { Relu } from "./relu.js";
import { Round } from "./round.js";
import { Selu } from "./selu.js";
import { Shrink } from "./shrink.js";
import { Sigmoid } from "./sigmoid.js";
import { Sign } from "./sign.js";
import { Sin } from "./sin.js";
import { Sinh } from "./sinh.js";
import { Softmax } from "./softmax.js";
import { SoftmaxCrossEntropyLoss } from "./softmax-cross-entropy-loss.js";
import { Softplus } from "./softplus.js";
import { Softsign } from "./softsign.js";
import { Sqrt } from "./sqrt.js";
import { STFT } from "./stft.js";
import { Sub } from "./sub.js";
import { Sum } from "./sum.js";
import { Swish } from "./swish.js";
import { Tan } from "./tan.js";
import { Tanh } from "./tanh.js";
import { ThresholdedRelu } from "./thresholded-relu.js";
import { TopK } from "./top-k.js";
import { Where } from "./where.js";
import { Xor } from "./xor.js";

/** Arithmetic, logic, activations, reductions, products. A new operator is its file and a line here. */
export const MATH_OPERATORS: readonly OpDefinition[] = [
  Abs,
  Acos,
  Acosh,
  Add,
  And,
  ArgMax,
  ArgMin,
  Asin,
  Asinh,
  Atan,
  Atanh,
  BitShift,
  BitwiseAnd,
  BitwiseNot,
  BitwiseOr,
  BitwiseXor,
  Cast,
  CastLike,
  Ceil,
  Celu,
  Clip,
  Cos,
  Cosh,
  CumSum,
  Det,
  Div,
  Einsum,
  Elu,
  Equal,
  Erf,
  Exp,
  Floor,
  Gelu,
  Gemm,
  Greater,
  GreaterOrEqual,
  HardSigmoid,
  HardSwish,
  Hardmax,
  IsInf,
  IsNaN,
  LeakyRelu,
  Less,
  LessOrEqual,
  Log,
  LogSoftmax,
  MatMul,
  Max,
  Mean,
  Min,
  Mish,
  Mod,
  Mul,
  Neg,
  NegativeLogLikelihoodLoss,
  Not,
  Or,
  PRelu,
  Pow,
  Reciprocal,
  ReduceL1,
  ReduceL2,
  ReduceLogSum,
  ReduceLogSumExp,
  ReduceMax,
  ReduceMean,
  ReduceMin,
  ReduceProd,
  ReduceSum,
  ReduceSumSquare,
  Relu,
  Round,
  Selu,
  Sigmoid,
  Sign,
  Sin,
  Sinh,
  Softmax,
  SoftmaxCrossEntropyLoss,
  Softplus,
  Softsign,
  Sqrt,
  Sub,
  Sum,
  Tan,
  Tanh,
  ThresholdedRelu,
  TopK,
  Where,
  Xor,
  Swish,
  Shrink,
  CumProd,
  HannWindow,
  HammingWindow,
  BlackmanWindow,
  MelWeightMatrix,
  DFT,
  STFT,
];
