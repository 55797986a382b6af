import { fail } from "../../base/index.js";
import { isFloat, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import { reshapeTo } from "../tensor/rules.js";
import type { AttentionAttributes } from "./attention.js";

interface AttentionValues {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly mask: Value | undefined;
  readonly pastKey: Value | undefined;
  readonly pastValue: Value | undefined;
  readonly valid: Value | undefined;
}

interface OutputGrads {
  readonly y: Value | undefined;
  readonly keys: Value | undefined;
  readonly values: Value | undefined;
  readonly scores: Value | undefined;
}

/** Below every score that counts: what hidden keys get, so that a row of them alone gives no NaN. */
const HIDDEN = -1e30;

/**
 * Gradient of attention: the weights p are computed anew from queries and keys (they are not among the outputs),
 * then dv = pᵀ dy, dp = dy vᵀ, ds = p (dp − Σ p dp), dq = ds k, dk = dsᵀ q, each times the scale.
 */
export function attentionGrad(
  g: Builder,
  it: AttentionValues,
  grads: OutputGrads,
  { attrs, needs }: { attrs: AttentionAttributes; needs: (input: keyof AttentionValues) => boolean },
): Partial<Record<keyof AttentionValues, Value>> {
  const heads = headCount(it.q, attrs.q_num_heads);
  const shared = headCount(it.k, attrs.kv_num_heads);
  const q = splitHeads(g, it.q, heads);
  const before = (past: Value | undefined, x: Value) =>
    past === undefined ? x : g.Concat([past, x], { axis: 2 });
  const spread = (x: Value) => repeatHeads(g, x, heads / shared);
  const keys = before(it.pastKey, splitHeads(g, it.k, shared));
  const values = before(it.pastValue, splitHeads(g, it.v, shared));
  const [k, v] = [spread(keys), spread(values)];
  const swap = (x: Value) => g.Transpose(x, { perm: [0, 1, 3, 2] });
  const scale = g.scalar(attrs.scale ?? 1 / Math.sqrt(sizeOfHead(q)), q.dtype);
  const raw = g.Mul(g.MatMul(q, swap(k)), scale);
  const cap = attrs.softcap > 0 ? g.scalar(attrs.softcap, q.dtype) : undefined;
  const bent = cap && g.Tanh(g.Div(raw, cap));
  const capped = bent === undefined || cap === undefined ? raw : g.Mul(bent, cap);
  const masked = hide(g, it, keys, capped, attrs);
  const low = g.scalar(HIDDEN, q.dtype);
  const safe = masked === capped ? masked : g.Max([masked, low]);
  const softmax = g.Softmax(safe, { axis: -1 });
  const p = masked === capped ? softmax : g.Where(g.LessOrEqual(safe, low), g.scalar(0, q.dtype), softmax);

  const plus = (a: Value | undefined, b: Value | undefined) => (a && b ? g.Add(a, b) : (a ?? b));
  const at = (stage: number) => (attrs.qk_matmul_output_mode === stage ? grads.scores : undefined);
  const dy = grads.y && (it.q.rank === 4 ? grads.y : splitHeads(g, grads.y, heads));
  const dp = plus(dy && g.MatMul(dy, swap(v)), at(3));
  const inner = dp && g.Mul(p, g.Sub(dp, g.ReduceSum(g.Mul(p, dp), g.i64([-1]), { keepdims: 1 })));
  const dmasked = plus(inner, at(2));
  let d = plus(dmasked, at(1));
  if (d !== undefined && bent !== undefined) d = g.Mul(d, g.Sub(g.scalar(1, q.dtype), g.Mul(bent, bent)));
  d = plus(d, at(0));
  const scaled = d && g.Mul(d, scale);
  const gathered = (x: Value | undefined) => x && gatherHeads(g, x, heads / shared);
  const dkeys = plus(gathered(scaled && g.MatMul(swap(scaled), q)), grads.keys);
  const dvalues = plus(gathered(dy && g.MatMul(swap(p), dy)), grads.values);
  const [dPastKey, dk] = divide(g, dkeys, it.pastKey, it.k);
  const [dPastValue, dv] = divide(g, dvalues, it.pastValue, it.v);
  return {
    q: scaled && needs("q") ? joined(g, g.MatMul(scaled, k), it.q) : undefined,
    k: dk,
    v: dv,
    mask: dmasked && it.mask && needs("mask") ? maskGrad(g, dmasked, it.mask) : undefined,
    pastKey: dPastKey,
    pastValue: dPastValue,
  };
}

function headCount(x: Value, attribute: number | undefined): number {
  const count = x.rank === 4 ? x.shape[1] : attribute;
  return typeof count === "number"
    ? count
    : fail("attention_heads", { expected: "a static number of heads" });
}

function sizeOfHead(q: Value): number {
  const size = q.shape[3];
  return typeof size === "number"
    ? size
    : fail("attention_scale", { expected: "a static head size, or scale" });
}

/** [batch, length, heads * size] as [batch, heads, length, size]. */
function splitHeads(g: Builder, x: Value, heads: number): Value {
  return x.rank === 4 ? x : g.Transpose(g.Reshape(x, g.i64([0, 0, heads, -1])), { perm: [0, 2, 1, 3] });
}

/** The way back, to the shape of `like`. */
function joined(g: Builder, x: Value, like: Value): Value {
  return like.rank === 4 ? x : reshapeTo(g, g.Transpose(x, { perm: [0, 2, 1, 3] }), like.shape, like);
}

/** Each head `times` times in a row. */
function repeatHeads(g: Builder, x: Value, times: number): Value {
  if (times === 1) return x;
  const wide = g.Expand(g.Unsqueeze(x, g.i64([2])), g.i64([1, 1, times, 1, 1]));
  const [, heads = 1, , size = 1] = x.shape;
  return g.Reshape(wide, g.i64([0, Number(heads) * times, -1, Number(size)]));
}

/** The sum over heads that were repeated. */
function gatherHeads(g: Builder, x: Value, times: number): Value {
  if (times === 1) return x;
  const [, heads = 1, , size = 1] = x.shape;
  const apart = g.Reshape(x, g.i64([0, Number(heads) / times, times, -1, Number(size)]));
  return g.ReduceSum(apart, g.i64([2]), { keepdims: 0 });
}

/** The gradient of joined past and present, in its two parts; the present in the layout of its input. */
function divide(
  g: Builder,
  d: Value | undefined,
  past: Value | undefined,
  like: Value,
): [Value | undefined, Value | undefined] {
  if (d === undefined) return [undefined, undefined];
  if (past === undefined) return [undefined, joined(g, d, like)];
  const length = lengthOf(g, past, 2);
  const part = (from: Value, to: Value) => g.Slice(d, from, to, g.i64([2]));
  return [part(g.i64([0]), length), joined(g, part(length, g.i64([Number.MAX_SAFE_INTEGER])), like)];
}

/** One length of a value as an int64 vector of one element. */
function lengthOf(g: Builder, x: Value, axis: number): Value {
  const d = x.shape[axis];
  return typeof d === "number" ? g.i64([d]) : g.Shape(x, { start: axis, end: axis + 1 });
}

/** 0, 1, … up to a length. */
function countUp(g: Builder, x: Value, axis: number): Value {
  const d = x.shape[axis];
  if (typeof d === "number") return g.i64(Array.from({ length: d }, (_, i) => i));
  return g.Range(g.i64(0), g.Squeeze(lengthOf(g, x, axis), g.i64([0])), g.i64(1));
}

/** The scores with the mask added and hidden keys at −∞; the same value where nothing hides. */
function hide(
  g: Builder,
  it: AttentionValues,
  keys: Value,
  scores: Value,
  attrs: AttentionAttributes,
): Value {
  const out = g.scalar(Number.NEGATIVE_INFINITY, scores.dtype);
  let masked = scores;
  if (it.mask !== undefined) {
    const mask = widenMask(g, it.mask, keys);
    masked = isFloat(mask.dtype) ? g.Add(scores, mask) : g.Where(mask, scores, out);
  }
  const column = countUp(g, keys, 2);
  const allowed: Value[] = [];
  const each = it.valid && g.Unsqueeze(it.valid, g.i64([1, 2, 3]));
  if (each !== undefined) allowed.push(g.Less(column, each));
  const { is_causal, left_window_size: left, right_window_size: right } = attrs;
  if (is_causal === 1 || left >= 0 || right >= 0) {
    const row = g.Unsqueeze(countUp(g, scores, 2), g.i64([1]));
    const offset =
      it.pastKey !== undefined ? lengthOf(g, it.pastKey, 2) : each && g.Sub(each, lengthOf(g, scores, 2));
    const place = g.Sub(offset === undefined ? row : g.Add(row, offset), column);
    if (is_causal === 1) allowed.push(g.GreaterOrEqual(place, g.i64(0)));
    if (left >= 0) allowed.push(g.LessOrEqual(place, g.i64(left)));
    if (right >= 0) allowed.push(g.GreaterOrEqual(place, g.i64(-right)));
  }
  for (const seen of allowed) masked = g.Where(seen, masked, out);
  return masked;
}

/** A mask as wide as the keys: behind its end nothing is seen. */
function widenMask(g: Builder, mask: Value, keys: Value): Value {
  const [own, wanted] = [mask.shape.at(-1), keys.shape[2]];
  if (own === wanted || own === 1 || wanted === undefined) return mask;
  if (typeof own !== "number" || typeof wanted !== "number") return mask;
  const pads = new Array<number>(2 * mask.rank).fill(0);
  pads[pads.length - 1] = wanted - own;
  if (isFloat(mask.dtype)) return g.Pad(mask, g.i64(pads), g.scalar(Number.NEGATIVE_INFINITY, mask.dtype));
  return g.Pad(mask, g.i64(pads));
}

function maskGrad(g: Builder, d: Value, mask: Value): Value {
  const [own, given] = [mask.shape.at(-1), d.shape[3]];
  if (typeof own !== "number" || typeof given !== "number" || own === given || own === 1) return d;
  return g.Slice(d, g.i64([0]), g.i64([own]), g.i64([3]));
}
