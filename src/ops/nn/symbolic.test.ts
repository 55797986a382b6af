import { describe, expect, it } from "vitest";
import { checkSymbolic, type Lengths, symbol } from "../../testing/op-symbolic.js";
import type { OpDefinition, Sample } from "../index.js";
import { TENSOR_OPERATORS } from "../tensor/index.js";
import { NN_OPERATORS } from "./index.js";

/** The images are unknown, as in every training graph. */
const batch: Lengths = (name, dims) => (name === "x" ? dims.map((d, i) => (i === 0 ? symbol(d) : d)) : dims);
/** So is their size. */
const images: Lengths = (name, dims) => (name === "x" ? dims.map((d, i) => (i === 1 ? d : symbol(d))) : dims);
const everything: Lengths = (_, dims) => dims.map(symbol);

const table = (
  ops: readonly OpDefinition[],
  keep: (op: OpDefinition, sample: Sample) => boolean = () => true,
) =>
  ops.flatMap((op) =>
    op.samples.map((sample, i) => [`${op.type} ${i}`, op, sample] as const).filter(([, , s]) => keep(op, s)),
  );

const SUBGRAPHS = new Set(["If", "Loop", "Scan"]);
/** Rules that say they need static lengths there. */
const sized = (op: OpDefinition, { attrs = {} }: Sample) =>
  SUBGRAPHS.has(op.type) ||
  op.type === "GridSample" ||
  (String(attrs.auto_pad).startsWith("SAME") && attrs.strides !== undefined) ||
  attrs.output_shape !== undefined;

describe("an unknown number of images", () => {
  it.each(table(NN_OPERATORS, (op) => !SUBGRAPHS.has(op.type)))("%s", (_, op, sample) => {
    expect(checkSymbolic(op, sample, batch)).toEqual([]);
  });
});

describe("images of unknown size", () => {
  it.each(table(NN_OPERATORS, (op, sample) => !sized(op, sample)))("%s", (_, op, sample) => {
    expect(checkSymbolic(op, sample, images)).toEqual([]);
  });
});

describe("tensors of unknown lengths", () => {
  it.each(
    table(
      TENSOR_OPERATORS,
      (op) => op.type !== "Resize" && !op.type.endsWith("Depth") && op.type !== "DepthToSpace",
    ),
  )("%s", (_, op, sample) => {
    expect(checkSymbolic(op, sample, everything)).toEqual([]);
  });
});
