import { type Dim, dim, type Issue, isIssue, issue } from "../../base/index.js";
import { isFloat, type Node, type Value } from "../../ir/index.js";
import { type AttributeValues, attr } from "../attributes.js";
import { type Arg, defineOp } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { attentionGrad } from "./attention-grad.js";

export const ATTENTION_ATTRIBUTES = {
  is_causal: attr.int(0),
  kv_num_heads: attr.int(),
  left_window_size: attr.int(-1),
  q_num_heads: attr.int(),
  qk_matmul_output_mode: attr.int(0),
  right_window_size: attr.int(-1),
  scale: attr.float(),
  softcap: attr.float(0),
  softmax_precision: attr.int(),
};
export type AttentionAttributes = AttributeValues<typeof ATTENTION_ATTRIBUTES>;

export interface AttentionOptions {
  /** Position i of the queries sees the keys up to i (plus the number of keys that came before the block). */
  is_causal?: 0 | 1;
  /** Needed with inputs of rank 3, as `kv_num_heads` is. */
  q_num_heads?: number;
  kv_num_heads?: number;
  /** Keys so far to the left (right) are seen; −1 for all. */
  left_window_size?: number;
  right_window_size?: number;
  /** The fourth output: scores 0, after the cap 1, after the mask 2, after the softmax 3. */
  qk_matmul_output_mode?: 0 | 1 | 2 | 3;
  /** Default 1 / sqrt(head size). */
  scale?: number;
  /** Scores s become softcap * tanh(s / softcap); 0 leaves them. */
  softcap?: number;
  softmax_precision?: number;
}

declare module "../builder.js" {
  interface OpCalls {
    /**
     * q [batch, heads, length, size], or [batch, length, heads * size] with the numbers of heads as attributes;
     * k and v alike, with fewer heads where several query heads share one. `mask` (bool: what is seen; float:
     * added to the scores) broadcasts to [batch, heads, length, keys]; `pastKey` and `pastValue`
     * [batch, heads, past, size] come before k and v. With a number: outputs y, keys, values and scores.
     */
    Attention(
      q: Value,
      k: Value,
      v: Value,
      mask?: Value,
      pastKey?: Value,
      pastValue?: Value,
      valid?: Value,
      attrs?: AttentionOptions,
    ): Value;
    Attention(q: Value, k: Value, v: Value, attrs: AttentionOptions): Value;
    Attention(q: Value, k: Value, v: Value, mask: Value | undefined, attrs: AttentionOptions): Value;
  }
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762), with grouped queries (Ainslie et al. 2023,
 * arXiv:2305.13245). A query that sees no key gets zeros.
 */
export const Attention = defineOp({
  type: "Attention",
  since: 23,
  sinceOf: newestPart,
  doc: "Values averaged by the softmax of scaled products of queries and keys, masked where asked.",
  inputs: ["q", "k", "v", "mask?", "pastKey?", "pastValue?", "valid?"],
  outputs: ["y", "keys?", "values?", "scores?"],
  attributes: ATTENTION_ATTRIBUTES,
  infer(inputs, attrs) {
    const sizes = attentionSizes(inputs, attrs);
    if (isIssue(sizes)) return sizes;
    const { batch, heads, shared, length, keys, size, out } = sizes;
    const { q, k, v } = inputs;
    const y = q.shape.length === 4 ? [batch, heads, length, out] : [batch, length, dim.mul(heads, out)];
    return {
      y: { dtype: q.dtype, shape: y },
      keys: { dtype: k.dtype, shape: [batch, shared, keys, size] },
      values: { dtype: v.dtype, shape: [batch, shared, keys, out] },
      scores: { dtype: q.dtype, shape: [batch, heads, length, keys] },
    };
  },
  cost(inputs, _, attrs) {
    const sizes = attentionSizes(inputs, attrs);
    if (isIssue(sizes)) return {};
    const pairs = dim.mul(sizes.batch, sizes.heads, sizes.length, sizes.keys);
    const macs = dim.mul(pairs, dim.add(sizes.size, sizes.out));
    return { macs, flops: dim.add(dim.mul(2, macs), dim.mul(6, pairs)) };
  },
  evaluate: (inputs, attrs) => attentionRef(inputs, attrs),
  grad: attentionGrad,
  samples: [
    { inputs: { q: [2, 3, 4, 5], k: [2, 3, 6, 5], v: [2, 3, 6, 2] } },
    { inputs: { q: [2, 4, 6], k: [2, 5, 6], v: [2, 5, 4] }, attrs: { q_num_heads: 2, kv_num_heads: 2 } },
    { inputs: { q: [1, 4, 3, 4], k: [1, 2, 3, 4], v: [1, 2, 3, 4] }, attrs: { is_causal: 1, scale: 0.3 } },
    {
      inputs: { q: [2, 3, 8], k: [2, 3, 4], v: [2, 3, 6] },
      attrs: { q_num_heads: 4, kv_num_heads: 2, softcap: 1.5 },
    },
    {
      inputs: {
        q: [1, 2, 3, 4],
        k: [1, 2, 3, 4],
        v: [1, 2, 3, 4],
        mask: { dims: [3, 3], dtype: "bool", values: [1, 0, 1, 0, 1, 0, 1, 1, 1], feed: true },
      },
    },
    { inputs: { q: [2, 2, 3, 4], k: [2, 2, 3, 4], v: [2, 2, 3, 4], mask: [2, 1, 3, 3] } },
    {
      inputs: {
        q: [1, 2, 2, 4],
        k: [1, 2, 2, 4],
        v: [1, 2, 2, 3],
        pastKey: [1, 2, 3, 4],
        pastValue: [1, 2, 3, 3],
      },
      attrs: { is_causal: 1 },
      outputs: 3,
    },
    ...[0, 1, 2, 3].map((mode) => ({
      inputs: { q: [1, 2, 3, 4], k: [1, 2, 5, 4], v: [1, 2, 5, 3], mask: [3, 5] },
      attrs: { qk_matmul_output_mode: mode, softcap: 2 },
      outputs: 4,
    })),
    {
      inputs: {
        q: [2, 2, 2, 4],
        k: [2, 2, 5, 4],
        v: [2, 2, 5, 3],
        valid: { dims: [2], dtype: "int64", values: [3, 5], feed: true },
      },
      attrs: { is_causal: 1 },
    },
    {
      inputs: { q: [1, 1, 6, 4], k: [1, 1, 6, 4], v: [1, 1, 6, 3] },
      attrs: { left_window_size: 2, right_window_size: 1 },
      noRuntime: "version 1.30 does not know the window attributes of operator set 25",
    },
  ],
});

/** Versions in which parts came: windows 25; valid lengths, and the order of cap and mask, 24. */
function newestPart({ inputs, attributes }: Node): number {
  if (attributes.left_window_size !== undefined || attributes.right_window_size !== undefined) return 25;
  return inputs.length > 6 || attributes.qk_matmul_output_mode !== undefined ? 24 : 23;
}

interface AttentionSizes {
  readonly batch: Dim;
  readonly heads: Dim;
  /** Heads of keys and values. */
  readonly shared: Dim;
  readonly length: Dim;
  /** Keys in all, those of the past included. */
  readonly keys: Dim;
  readonly size: Dim;
  readonly out: Dim;
}

interface AttentionArgs {
  readonly q: Arg;
  readonly k: Arg;
  readonly v: Arg;
  readonly mask?: Arg | undefined;
  readonly pastKey?: Arg | undefined;
  readonly pastValue?: Arg | undefined;
  readonly valid?: Arg | undefined;
}

function attentionSizes(it: AttentionArgs, attrs: AttentionAttributes): AttentionSizes | Issue {
  const q = headed(it.q, attrs.q_num_heads);
  const k = headed(it.k, attrs.kv_num_heads);
  const v = headed(it.v, attrs.kv_num_heads);
  if (q === undefined || k === undefined || v === undefined) {
    return issue("attention_inputs", {
      expected:
        "q, k and v [batch, heads, length, size], or [batch, length, hidden] with q_num_heads and kv_num_heads",
      received: [it.q, it.k, it.v].map((arg) => dim.format(arg.shape)).join(", "),
    });
  }
  const grouped = typeof q.heads !== "number" || typeof k.heads !== "number" || q.heads % k.heads === 0;
  const wrong =
    dim.conflict(q.size, k.size) || dim.conflict(k.length, v.length) || dim.conflict(k.heads, v.heads);
  if (wrong || !grouped || dim.conflict(q.batch, k.batch) || dim.conflict(q.batch, v.batch)) {
    return issue("attention_sizes", {
      expected:
        "one batch, one head size of q and k, one length of k and v, query heads a multiple of the others",
      received: [it.q, it.k, it.v].map((arg) => dim.format(arg.shape)).join(", "),
    });
  }
  if ((it.pastKey === undefined) !== (it.pastValue === undefined)) {
    return issue("attention_past", {
      expected: "past keys and past values together",
      received: "one of them",
    });
  }
  if (it.mask !== undefined && it.mask.dtype !== "bool" && !isFloat(it.mask.dtype)) {
    return issue("attention_mask", { expected: "a mask of bool or float", received: it.mask.dtype });
  }
  const past = it.pastKey?.shape[2] ?? 0;
  return {
    batch: q.batch,
    heads: q.heads,
    shared: k.heads,
    length: q.length,
    keys: dim.add(past, k.length),
    size: q.size,
    out: v.size,
  };
}

/** Batch, heads, length and size of an input of rank 4 or 3. */
function headed(x: Arg, count: number | undefined) {
  const [a, b, c, d] = x.shape;
  if (a === undefined || b === undefined || c === undefined) return undefined;
  if (x.shape.length === 4 && d !== undefined) return { batch: a, heads: b, length: c, size: d };
  if (count === undefined || x.shape.length !== 3 || count < 1) return undefined;
  const size = dim.divide(c, count) ?? (typeof c === "string" ? dim.unknown() : undefined);
  if (size === undefined || (typeof size === "number" && size % 1 !== 0)) return undefined;
  return { batch: a, heads: count as Dim, length: b, size };
}

interface AttentionTensors {
  readonly q: RefTensor;
  readonly k: RefTensor;
  readonly v: RefTensor;
  readonly mask?: RefTensor | undefined;
  readonly pastKey?: RefTensor | undefined;
  readonly pastValue?: RefTensor | undefined;
  readonly valid?: RefTensor | undefined;
}

function attentionRef(it: AttentionTensors, attrs: AttentionAttributes) {
  const q = splitHeads(it.q, attrs.q_num_heads);
  const keys = concatPast(it.pastKey, splitHeads(it.k, attrs.kv_num_heads));
  const values = concatPast(it.pastValue, splitHeads(it.v, attrs.kv_num_heads));
  const [batch = 1, heads = 1, length = 1, size = 1] = q.dims;
  const [, shared = 1, total = 1] = keys.dims;
  const out = values.dims[3] ?? 1;
  const scale = attrs.scale ?? 1 / Math.sqrt(size);
  const scores = ref(it.q.dtype, [batch, heads, length, total]);
  const y = ref(it.q.dtype, [batch, heads, length, out]);
  const row = new Float64Array(total);
  for (let b = 0; b < batch; b++) {
    const valid = it.valid?.data[b];
    const offset = it.pastKey?.dims[2] ?? (valid === undefined ? 0 : valid - length);
    for (let h = 0; h < heads; h++) {
      const from = (b * shared + Math.floor((h * shared) / heads)) * total;
      for (let i = 0; i < length; i++) {
        const at = (b * heads + h) * length + i;
        const keep = (stage: number) => {
          if (attrs.qk_matmul_output_mode === stage) scores.data.set(row, at * total);
        };
        for (let j = 0; j < total; j++) {
          let dot = 0;
          for (let d = 0; d < size; d++) {
            dot += (q.data[at * size + d] ?? 0) * (keys.data[(from + j) * size + d] ?? 0);
          }
          row[j] = dot * scale;
        }
        keep(0);
        if (attrs.softcap > 0) {
          for (let j = 0; j < total; j++) row[j] = attrs.softcap * Math.tanh((row[j] ?? 0) / attrs.softcap);
        }
        keep(1);
        for (let j = 0; j < total; j++) {
          const place = i + offset - j;
          const hidden =
            (attrs.is_causal === 1 && place < 0) ||
            (valid !== undefined && j >= valid) ||
            (attrs.left_window_size >= 0 && place > attrs.left_window_size) ||
            (attrs.right_window_size >= 0 && -place > attrs.right_window_size);
          const bias = hidden ? Number.NEGATIVE_INFINITY : maskAt(it.mask, [b, h, i, j]);
          row[j] = (row[j] ?? 0) + bias;
        }
        keep(2);
        softmaxInto(row);
        keep(3);
        for (let j = 0; j < total; j++) {
          for (let d = 0; d < out; d++) {
            y.data[at * out + d] =
              (y.data[at * out + d] ?? 0) + (row[j] ?? 0) * (values.data[(from + j) * out + d] ?? 0);
          }
        }
      }
    }
  }
  return { y: it.q.dims.length === 4 ? y : joinHeads(y), keys, values, scores };
}

/** Softmax in place; a row without any finite score becomes zeros. */
function softmaxInto(row: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY;
  for (const v of row) top = Math.max(top, v);
  if (top === Number.NEGATIVE_INFINITY) {
    row.fill(0);
    return;
  }
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    row[j] = Math.exp((row[j] ?? 0) - top);
    sum += row[j] ?? 0;
  }
  for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) / sum;
}

/** What a mask adds to a score; a mask that ends early hides the keys behind its end. */
function maskAt(mask: RefTensor | undefined, index: readonly number[]): number {
  if (mask === undefined) return 0;
  const lead = index.length - mask.dims.length;
  let at = 0;
  for (const [axis, d] of mask.dims.entries()) {
    const i = index[axis + lead] ?? 0;
    if (axis === mask.dims.length - 1 && d > 1 && i >= d) return Number.NEGATIVE_INFINITY;
    at = at * d + (d === 1 ? 0 : i);
  }
  const value = mask.data[at] ?? 0;
  if (mask.dtype !== "bool") return value;
  return value === 0 ? Number.NEGATIVE_INFINITY : 0;
}

/** [batch, length, heads * size] as [batch, heads, length, size]. */
function splitHeads(x: RefTensor, count = 1): RefTensor {
  if (x.dims.length === 4) return x;
  const [batch = 1, length = 1, hidden = 1] = x.dims;
  return swapMiddle(ref(x.dtype, [batch, length, count, hidden / count], x.data));
}

function joinHeads(x: RefTensor): RefTensor {
  const { dims, data } = swapMiddle(x);
  const [batch = 1, length = 1, heads = 1, size = 1] = dims;
  return ref(x.dtype, [batch, length, heads * size], data);
}

/** Axes 1 and 2 exchanged. */
function swapMiddle(x: RefTensor): RefTensor {
  const [a = 1, b = 1, c = 1, d = 1] = x.dims;
  const y = ref(x.dtype, [a, c, b, d]);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) {
        const from = ((i * b + j) * c + k) * d;
        y.data.set(x.data.subarray(from, from + d), ((i * c + k) * b + j) * d);
      }
    }
  }
  return y;
}

function concatPast(past: RefTensor | undefined, x: RefTensor): RefTensor {
  if (past === undefined) return x;
  const [batch = 1, heads = 1, length = 1, size = 1] = x.dims;
  const before = past.dims[2] ?? 0;
  const y = ref(x.dtype, [batch, heads, before + length, size]);
  for (let r = 0; r < batch * heads; r++) {
    const start = r * (before + length) * size;
    y.data.set(past.data.subarray(r * before * size, (r + 1) * before * size), start);
    y.data.set(x.data.subarray(r * length * size, (r + 1) * length * size), start + before * size);
  }
  return y;
}
