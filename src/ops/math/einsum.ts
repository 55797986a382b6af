import { dim, isIssue, unwrap } from "../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { mixedTypes } from "../elementwise.js";
import { eachIndex, type RefTensor, ref, stridesOf } from "../reference.js";
import { type Contraction, contractionMacs, readEquation, writeEquation } from "./einsum-equation.js";

declare module "../builder.js" {
  interface OpCalls {
    Einsum(xs: readonly Value[], attrs: { equation: string }): Value;
  }
}

/** Sum of products over the labels that the output does not have. */
export const Einsum = defineOp({
  type: "Einsum",
  since: 12,
  doc: "Sum of products of operands, by an equation that labels their axes (`bij,bjk->bik`).",
  inputs: ["xs..."],
  outputs: ["y"],
  attributes: { equation: attr.string("") },
  infer({ xs }, { equation }) {
    const it = readEquation(
      equation,
      xs.map((x) => x.shape),
    );
    if (isIssue(it)) return it;
    const dtype = xs[0]?.dtype ?? "float32";
    return mixedTypes(xs) ?? { y: { dtype, shape: it.output.map((label) => it.sizes.get(label) ?? 1) } };
  },
  cost({ xs }, _, { equation }) {
    const it = readEquation(
      equation,
      xs.map((x) => x.shape),
    );
    if (isIssue(it)) return {};
    return xs.length > 1 ? { macs: contractionMacs(it) } : { flops: dim.mul(...it.sizes.values()) };
  },
  evaluate: ({ xs }, { equation }) => ({
    y: contract(
      unwrap(
        readEquation(
          equation,
          xs.map((x) => x.dims),
        ),
      ),
      xs,
    ),
  }),
  // The gradient of an operand is the contraction of dy with the other operands, to the labels of the operand.
  grad(g, { xs }, { y: dy }, { attrs: { equation } }) {
    if (dy === undefined) return {};
    const it = unwrap(
      readEquation(
        equation,
        xs.map((x) => x.shape),
      ),
    );
    return {
      xs: xs.map((x, at) => {
        const others = it.terms.filter((_, i) => i !== at);
        const known = new Set([...it.output, ...others.flat()]);
        const own = it.terms[at] ?? [];
        const target = own.filter((label, i) => known.has(label) && own.indexOf(label) === i);
        const operands = [...xs.filter((_, i) => i !== at), dy];
        const dx = g.Einsum(operands, { equation: writeEquation([...others, it.output], target) });
        // An axis that nobody else has is broadcast (the walker widens it); of a repeated one only the diagonal counts.
        const added = own.flatMap((label, i) => (known.has(label) && own.indexOf(label) === i ? [] : [i]));
        const wide = added.length === 0 ? dx : g.Unsqueeze(dx, g.i64(added));
        return own.reduce((v, label, i) => {
          const first = own.indexOf(label);
          return first === i ? v : g.Mul(v, diagonal(g, x, first, i));
        }, wide);
      }),
    };
  },
  samples: [
    {
      inputs: {
        xs: [
          [3, 4],
          [4, 2],
        ],
      },
      attrs: { equation: "ij,jk->ik" },
    },
    {
      inputs: {
        xs: [
          [3, 4],
          [4, 2],
        ],
      },
      attrs: { equation: "ij, jk" },
    },
    {
      inputs: {
        xs: [
          [2, 3, 4],
          [2, 4, 2],
        ],
      },
      attrs: { equation: "bij,bjk->bik" },
    },
    {
      inputs: {
        xs: [
          [2, 2, 3, 4],
          [2, 2, 5, 4],
        ],
      },
      attrs: { equation: "bhqd,bhkd->bhqk" },
    },
    {
      inputs: {
        xs: [
          [2, 3, 4],
          [4, 2],
        ],
      },
      attrs: { equation: "...ij,jk->...ik" },
    },
    {
      inputs: {
        xs: [
          [2, 1, 3, 4],
          [5, 4, 2],
        ],
      },
      attrs: { equation: "...ij,...jk->...ik" },
      noRuntime: "ONNX Runtime wants ellipses of equal rank",
    },
    {
      inputs: {
        xs: [
          [2, 1, 3, 4],
          [2, 5, 4, 2],
        ],
      },
      attrs: { equation: "...ij,...jk->...ik" },
    },
    { inputs: { xs: [[2, 3, 4]] }, attrs: { equation: "...ij->...ji" } },
    { inputs: { xs: [[3, 4]] }, attrs: { equation: "ij->i" } },
    { inputs: { xs: [[3, 4]] }, attrs: { equation: "ij->" } },
    { inputs: { xs: [[3, 3]] }, attrs: { equation: "ii->i" } },
    { inputs: { xs: [[3, 3]] }, attrs: { equation: "ii" } },
    {
      inputs: {
        xs: [
          [2, 3, 3],
          [3, 2],
        ],
      },
      attrs: { equation: "bii,ib->bi" },
    },
    { inputs: { xs: [[3], [4]] }, attrs: { equation: "i,j->ij" } },
    {
      inputs: {
        xs: [
          [2, 3],
          [3, 4],
          [4, 2],
        ],
      },
      attrs: { equation: "ij,jk,kl->il" },
    },
    { inputs: { xs: [[2, 3], [4]] }, attrs: { equation: "ij,k->k" } },
  ],
});

/** Ones where the coordinates along two axes of `x` agree, zeros elsewhere; other axes have length 1. */
function diagonal(g: Builder, x: Value, first: number, second: number): Value {
  const length = x.shape[first];
  const line =
    typeof length === "number"
      ? g.i64(Array.from({ length }, (_, i) => i))
      : g.Range(g.i64(0), g.Squeeze(g.Shape(x, { start: first, end: first + 1 })), g.i64(1));
  const along = (axis: number) =>
    g.Unsqueeze(line, g.i64(x.shape.map((_, i) => i).filter((i) => i !== axis)));
  return g.Cast(g.Equal(along(first), along(second)), { to: ONNX_DTYPE[x.dtype] });
}

function contract({ terms, output, sizes }: Contraction, xs: readonly RefTensor[]): RefTensor {
  const labels = [...output, ...[...sizes.keys()].filter((label) => !output.includes(label))];
  const length = (label: string) => Number(sizes.get(label) ?? 1);
  // How far one step along a label moves in an operand; nothing where the operand has length 1 there.
  const moves = (labelled: readonly string[], dims: readonly number[]) => {
    const strides = stridesOf(dims);
    return labels.map((label) =>
      labelled.reduce((sum, l, i) => (l === label && dims[i] !== 1 ? sum + (strides[i] ?? 0) : sum), 0),
    );
  };
  const out = ref(xs[0]?.dtype ?? "float32", output.map(length));
  const outMoves = moves(output, out.dims);
  const inMoves = xs.map((x, i) => moves(terms[i] ?? [], x.dims));
  const place = (index: readonly number[], by: readonly number[]) =>
    by.reduce((sum, step, i) => sum + step * (index[i] ?? 0), 0);
  eachIndex(labels.map(length), (index) => {
    const product = xs.reduce((p, x, i) => p * (x.data[place(index, inMoves[i] ?? [])] ?? 0), 1);
    const at = place(index, outMoves);
    out.data[at] = (out.data[at] ?? 0) + product;
  });
  return out;
}
