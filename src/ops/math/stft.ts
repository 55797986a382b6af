import { type Dim, dim, fail, type Issue, isIssue, issue, unwrap } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { type Arg, defineOp } from "../define.js";
import { ref } from "../reference.js";
import { filledLike, integersOf, shapeOf } from "../tensor/rules.js";
import { fourierMatrices } from "./fourier.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * signal [batch, length, 1] (or [..., 2] for complex ones) cut into frames every `step` samples, each times
     * `window`, transformed: [batch, frames, frequencies, 2].
     */
    STFT(
      signal: Value,
      step: Value,
      window?: Value,
      frameLength?: Value,
      attrs?: { onesided?: 0 | 1 },
    ): Value;
  }
}

/** Short-time Fourier transform. */
export const STFT = defineOp({
  type: "STFT",
  since: 17,
  doc: "Fourier transforms of windowed frames of a signal.",
  inputs: ["signal", "step", "window?", "frameLength?"],
  outputs: ["y"],
  attributes: { onesided: attr.int(1) },
  infer(inputs, attrs) {
    const plan = planOf(inputs, attrs.onesided);
    return isIssue(plan) ? plan : { y: { dtype: inputs.signal.dtype, shape: plan.shape } };
  },
  // Each frame: its window, and a fast transform of 5 n log2 n.
  cost(inputs, _, { onesided }) {
    const plan = planOf(inputs, onesided);
    if (isIssue(plan)) return {};
    const [batch = 1, frames = 1] = plan.shape;
    const log = typeof plan.length === "number" ? Math.ceil(5 * Math.log2(Math.max(2, plan.length))) : 5;
    return { flops: dim.mul(batch, frames, plan.length, log + 1) };
  },
  evaluate({ signal, step, window, frameLength }, { onesided }) {
    const arg = (x: { dtype: Arg["dtype"]; dims: readonly number[]; data: Float64Array }): Arg => ({
      dtype: x.dtype,
      shape: x.dims,
      ...(x.data.length === 1 ? { contents: Array.from(x.data) } : {}),
    });
    const plan = unwrap(
      planOf(
        {
          signal: arg(signal),
          step: arg(step),
          window: window && arg(window),
          frameLength: frameLength && arg(frameLength),
        },
        onesided,
      ),
      "STFT",
    );
    const [batch = 1, frames = 1, bins = 1] = plan.shape.map(Number);
    const length = Number(plan.length);
    const parts = signal.dims.length === 3 ? (signal.dims[2] ?? 1) : 1;
    const samples = signal.dims[1] ?? 1;
    const hop = Number(plan.step);
    const m = fourierMatrices(length, length, { inverse: false, onesided: onesided === 1 });
    const y = ref(signal.dtype, [batch, frames, bins, 2]);
    for (let b = 0; b < batch; b++) {
      for (let f = 0; f < frames; f++) {
        for (let k = 0; k < bins; k++) {
          let [real, imaginary] = [0, 0];
          for (let n = 0; n < length; n++) {
            const at = (b * samples + f * hop + n) * parts;
            const weight = window === undefined ? 1 : (window.data[n] ?? 0);
            const a = weight * (signal.data[at] ?? 0);
            const c = parts === 2 ? weight * (signal.data[at + 1] ?? 0) : 0;
            const [cos, sin] = [m.cos[k * length + n] ?? 0, m.sin[k * length + n] ?? 0];
            real += cos * a - sin * c;
            imaginary += sin * a + cos * c;
          }
          const at = ((b * frames + f) * bins + k) * 2;
          y.data[at] = real;
          y.data[at + 1] = imaginary;
        }
      }
    }
    return { y };
  },
  // Through the transposed matrices back to frames; samples that several frames share add up.
  grad(g, { signal, step, window, frameLength }, { y: dy }, { attrs: { onesided }, needs }) {
    if (dy === undefined) return {};
    const known = (v: Value): Arg => ({ dtype: v.dtype, shape: v.shape, constant: v.data });
    const plan = unwrap(
      planOf(
        {
          signal: known(signal),
          step: known(step),
          window: window && known(window),
          frameLength: frameLength && known(frameLength),
        },
        onesided,
      ),
      "STFT",
    );
    const [, frames, bins] = plan.shape;
    const samples = signal.shape[1];
    const { length, step: hop } = plan;
    if (typeof frames !== "number" || typeof bins !== "number" || typeof samples !== "number") {
      return fail("stft_symbolic", {
        expected: "static lengths of signal, frames and steps to differentiate STFT",
        received: dim.format(signal.shape),
        hint: "build the network for one length of signals",
      });
    }
    const [n, stride] = [Number(length), Number(hop)];
    const m = fourierMatrices(n, n, { inverse: false, onesided: onesided === 1 });
    const matrix = (data: Float64Array) => g.constant(tensor(signal.dtype, [bins, n], data), "fourier");
    const part = (i: number) => g.Squeeze(g.Slice(dy, g.i64([i]), g.i64([i + 1]), g.i64([-1])), g.i64([-1]));
    const [real, imaginary] = [part(0), part(1)];
    const frame = (cos: Float64Array, sin: Float64Array) =>
      g.Add(g.MatMul(real, matrix(cos)), g.MatMul(imaginary, matrix(sin)));
    const complex = signal.rank === 3 && signal.shape[2] === 2;
    // [batch, frames, n] for each part of the signal.
    const dframes = [frame(m.cos, m.sin)];
    if (complex)
      dframes.push(
        frame(
          m.sin.map((v) => -v),
          m.cos,
        ),
      );
    const places = Array.from({ length: frames * n }, (_, i) => Math.floor(i / n) * stride + (i % n));
    const flat = signal.rank === 3 ? signal : g.Unsqueeze(signal, g.i64([2]));
    const own = (i: number) => g.Squeeze(g.Slice(flat, g.i64([i]), g.i64([i + 1]), g.i64([2])), g.i64([2]));
    const dx = dframes.map((d, i) => {
      const row = g.Reshape(window === undefined ? d : g.Mul(d, window), g.i64([0, frames * n]));
      const zeros = filledLike(g, own(i));
      const index = g.Expand(g.i64(places), shapeOf(g, row));
      return g.Unsqueeze(g.ScatterElements(zeros, index, row, { axis: 1, reduction: "add" }), g.i64([2]));
    });
    const [first] = dx;
    const joined = dx.length === 1 && first !== undefined ? first : g.Concat(dx, { axis: 2 });
    const terms = dframes.map((d, i) => {
      const cut = g.Reshape(g.Gather(own(i), g.i64(places), { axis: 1 }), g.i64([0, frames, n]));
      return g.ReduceSum(g.Mul(d, cut), g.i64([0, 1]), { keepdims: 0 });
    });
    return {
      signal: needs("signal") ? (signal.rank === 3 ? joined : g.Squeeze(joined, g.i64([2]))) : undefined,
      window: window !== undefined && needs("window") ? terms.reduce((a, b) => g.Add(a, b)) : undefined,
    };
  },
  samples: [
    { inputs: { signal: [2, 12, 1], step: whole(3), window: [4], frameLength: whole(4) } },
    { inputs: { signal: [1, 11, 1], step: whole(2), window: [5] }, attrs: { onesided: 0 } },
    { inputs: { signal: [1, 10, 1], step: whole(4), frameLength: whole(6) } },
    {
      inputs: { signal: [1, 8, 2], step: whole(2), window: [4] },
      attrs: { onesided: 0 },
      noRuntime: "version 1.30 takes the steps of complex signals wrongly and reads behind their end",
    },
  ],
});

function whole(value: number) {
  return { dims: [], dtype: "int64" as const, values: [value] };
}

interface Plan {
  /** Samples of a frame. */
  readonly length: Dim;
  readonly step: Dim;
  readonly shape: Dim[];
}

function planOf(
  it: { signal: Arg; step: Arg; window?: Arg | undefined; frameLength?: Arg | undefined },
  onesided: number,
): Plan | Issue {
  const [batch, samples, parts] = it.signal.shape;
  if (batch === undefined || samples === undefined || it.signal.shape.length > 3) {
    return issue("stft_signal", {
      expected: "signal [batch, length, 1 or 2]",
      received: dim.format(it.signal.shape),
    });
  }
  if (onesided === 1 && parts === 2) {
    return issue("stft_onesided", {
      expected: "a real signal for the one-sided transform",
      received: dim.format(it.signal.shape),
      hint: "set onesided to 0 for complex signals",
    });
  }
  const scalar = (arg: Arg | undefined): Dim | undefined =>
    arg && (arg.contents?.[0] ?? integersOf(arg)?.[0] ?? dim.unknown());
  const length = scalar(it.frameLength) ?? it.window?.shape[0] ?? samples;
  const step = scalar(it.step) ?? dim.unknown();
  const bad = [length, step].some((d) => typeof d === "number" && d < 1);
  if (bad || (it.window !== undefined && dim.conflict(length, it.window.shape[0] ?? 1))) {
    return issue("stft_frame", {
      expected: "a step of at least 1, and a window as long as the frames",
      received: `step ${step}, frames of ${length}, window ${it.window ? dim.format(it.window.shape) : "none"}`,
    });
  }
  const frames: Dim =
    typeof step === "number" ? dim.add(dim.floorDiv(dim.sub(samples, length), step), 1) : dim.unknown();
  if (typeof frames === "number" && frames < 1) {
    return issue("stft_frame", {
      expected: `a signal of at least ${length} samples`,
      received: String(samples),
    });
  }
  const bins = onesided === 1 ? dim.add(dim.floorDiv(length, 2), 1) : length;
  return { length, step, shape: [batch, frames, bins, 2] };
}
