import { type Dim, dim, isIssue, unwrap } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { type Arg, defineOp } from "../define.js";
import { ref } from "../reference.js";
import { floatOfCode } from "../tensor/random.js";
import { integersOf } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** [dftLength / 2 + 1, bins]; all inputs are scalars, edges and rate in hertz. */
    MelWeightMatrix(
      bins: Value,
      dftLength: Value,
      sampleRate: Value,
      lowerHertz: Value,
      upperHertz: Value,
      attrs?: { output_datatype?: number },
    ): Value;
  }
}

/** Triangular filters, evenly spaced on the mel scale 2595 log10(1 + f / 700), for a spectrum to be multiplied by. */
export const MelWeightMatrix = defineOp({
  type: "MelWeightMatrix",
  since: 17,
  doc: "Triangular filters that turn a spectrum of evenly spaced frequencies into one on the mel scale.",
  inputs: ["bins", "dftLength", "sampleRate", "lowerHertz", "upperHertz"],
  outputs: ["y"],
  attributes: { output_datatype: attr.int(1) },
  infer({ bins, dftLength }, attrs) {
    const dtype = floatOfCode(attrs.output_datatype);
    if (isIssue(dtype)) return dtype;
    const length = scalar(dftLength);
    const rows: Dim = typeof length === "number" ? Math.floor(length / 2) + 1 : dim.unknown();
    return { y: { dtype, shape: [rows, scalar(bins) ?? dim.unknown()] } };
  },
  evaluate({ bins, dftLength, sampleRate, lowerHertz, upperHertz }, { output_datatype }) {
    const count = bins.data[0] ?? 0;
    const length = dftLength.data[0] ?? 0;
    const rows = Math.floor(length / 2) + 1;
    const toMel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
    const [low, high] = [toMel(lowerHertz.data[0] ?? 0), toMel(upperHertz.data[0] ?? 0)];
    const step = (high - low) / (count + 2);
    const place = (i: number) => {
      const hertz = 700 * (10 ** ((low + i * step) / 2595) - 1);
      return Math.floor(((length + 1) * hertz) / (sampleRate.data[0] ?? 1));
    };
    const y = ref(unwrap(floatOfCode(output_datatype)), [rows, count]);
    const set = (row: number, column: number, value: number) => {
      if (row >= 0 && row < rows) y.data[row * count + column] = value;
    };
    for (let i = 0; i < count; i++) {
      const [start, top, end] = [place(i), place(i + 1), place(i + 2)];
      if (top === start) set(top, i, 1);
      else for (let j = start; j <= top; j++) set(j, i, (j - start) / (top - start));
      if (end > top) for (let j = top; j < end; j++) set(j, i, (end - j) / (end - top));
    }
    return { y };
  },
  grad: "zero",
  samples: [{ inputs: mel(8, 16, 8192, 0, 4096) }, { inputs: mel(5, 64, 16000, 125, 7600) }],
});

function scalar(arg: Arg): Dim | undefined {
  return arg.contents?.[0] ?? integersOf(arg)?.[0];
}

function mel(bins: number, dftLength: number, sampleRate: number, lower: number, upper: number) {
  const whole = (value: number) => ({ dims: [], dtype: "int64" as const, values: [value] });
  const hertz = (value: number) => ({ dims: [], values: [value] });
  return {
    bins: whole(bins),
    dftLength: whole(dftLength),
    sampleRate: whole(sampleRate),
    lowerHertz: hertz(lower),
    upperHertz: hertz(upper),
  };
}
