/** The three kinds of network that an evolution equation becomes: fields over the input, driven fields, waves. */
import type { Value } from "../ir/index.js";
import { conv2d, fixedDim, init, linear, type NetworkBuilder } from "../nn/index.js";
import type { Builder } from "../ops/index.js";
import type { NpdeGenotype } from "./npde.js";
import {
  axesOf,
  bistableFlow,
  bordered,
  eulerStep,
  gradientOf,
  intensity,
  laplacian,
  logisticFlow,
  phaseMask,
  propagate,
  type Wave,
  waveStep,
} from "./npde-parts.js";
import { overTime } from "./recurrent-parts.js";

type Equation = NpdeGenotype["equation"];
type Field = Extract<Equation, { op: "field" }>;
type Driven = Extract<Equation, { op: "driven" }>;
type Waves = Extract<Equation, { op: "waves" }>;
type Course = Pick<Field, "order" | "reaction">;

/** Coefficients of each step, or of all. */
function eachStep(
  g: NetworkBuilder,
  { steps, autonomous }: NpdeGenotype,
  step: (index: number) => void,
): void {
  for (let i = 0; i < steps; i++) {
    if (autonomous) g.shared("step", () => step(i));
    else g.scope(`step${i + 1}`, () => step(i));
  }
}

/** A field that begins as the lifted input x [N, C, H, W] and goes through its steps. */
export function evolve(g: NetworkBuilder, x: Value, it: Field, genotype: NpdeGenotype): Value {
  const { tau } = genotype;
  const lifted = g.scope("lift", () =>
    conv2d(g, x, it.components, { kernel: 1, bias: true, init: init.lecunNormal }),
  );
  const bounded = it.reaction.op === "logistic" ? g.Sigmoid(lifted) : lifted;
  let [before, u] = [bounded, bounded];
  eachStep(g, genotype, () => {
    const terms = [...spatial(g, u, it.space, tau), ...potential(g, u, it.potential)];
    if (it.source)
      terms.push(g.scope("source", () => conv2d(g, x, it.components, { kernel: 1, bias: true })));
    const next = advance(g, [before, u], terms, it.reaction, coefficientsOf(g, u, it), tau);
    [before, u] = [u, next];
  });
  return u;
}

/** What a step in time needs beside its terms: the rate of a reaction, the damping of waves. */
interface Coefficients {
  readonly rate?: Value;
  readonly damping?: Value;
}

function coefficientsOf(g: NetworkBuilder, u: Value, { order, reaction }: Course): Coefficients {
  return {
    rate: "by" in reaction ? g.scope("reaction", () => positive(g, "rate", u)) : undefined,
    damping: order === "second" ? positive(g, "damping", u) : undefined,
  };
}

/** One step in time with its reaction: a term of the step, or the exact flow behind it. */
function advance(
  g: Builder,
  [before, u]: readonly [Value, Value],
  terms: readonly Value[],
  reaction: Course["reaction"],
  { rate, damping }: Coefficients,
  tau: number,
): Value {
  const explicit = "by" in reaction && reaction.by === "explicit" && rate !== undefined;
  const all = explicit ? [...terms, reacting(g, u, reaction.op, rate)] : terms;
  const next =
    damping === undefined ? eulerStep(g, u, all, tau) : waveStep(g, [before, u], all, damping, tau);
  if (reaction.op === "threshold") return g.Relu(next);
  if (explicit || rate === undefined) return next;
  const time = g.Mul(rate, g.scalar(tau));
  return reaction.op === "logistic" ? logisticFlow(g, next, time) : bistableFlow(g, next, time);
}

/** r u (1 − u) or r (1 − u²), u cut so that a step far out leads back. */
function reacting(g: Builder, u: Value, kind: "logistic" | "bistable", rate: Value): Value {
  const inside = g.Clip(u, g.scalar(-1), g.scalar(2));
  const square = g.Mul(inside, inside);
  return g.Mul(rate, g.Sub(kind === "logistic" ? inside : g.scalar(1), square));
}

function spatial(g: NetworkBuilder, u: Value, space: Field["space"], tau: number): Value[] {
  const components = fixedDim(u, 1);
  switch (space.op) {
    case "diffusion": {
      // τ D ≤ 1/2 over the number of axes, the bound of stability.
      const most = 1 / (2 * Math.max(1, axesOf(u).length) * tau);
      const d = g.Mul(g.Sigmoid(perComponent(g, "diffusion", u)), g.scalar(most));
      const terms = [g.Mul(d, laplacian(g, u, space.boundary))];
      if (!space.advection) return terms;
      const slopes = gradientOf(g, u, space.boundary);
      return [...terms, ...slopes.map((slope, i) => g.Mul(perComponent(g, `drift${i + 1}`, u), slope))];
    }
    case "stencil": {
      const { kernel } = space;
      const sides = [2, 3].map((axis) => (fixedDim(u, axis) > 1 ? kernel : 1));
      const wide = bordered(g, u, space.boundary, kernel >> 1);
      return [
        g.scope("stencil", () =>
          conv2d(g, wide, components, { kernel: sides, padding: 0, bias: true, init: init.heNormalIn }),
        ),
      ];
    }
    case "integral": {
      const places = fixedDim(u, 2) * fixedDim(u, 3);
      const flat = g.Reshape(u, g.i64([0, components, places]));
      const mixed = g.scope("kernel", () => linear(g, flat, places, { init: init.lecunNormal }));
      return [g.Reshape(mixed, g.i64([0, components, fixedDim(u, 2), fixedDim(u, 3)]))];
    }
  }
}

function potential(g: NetworkBuilder, u: Value, kind: Field["potential"]): Value[] {
  const components = fixedDim(u, 1);
  if (kind === "none") return [];
  if (kind === "coupling") {
    return [g.scope("potential", () => conv2d(g, u, components, { kernel: 1, init: init.lecunNormal }))];
  }
  const shape = [components, fixedDim(u, 2), fixedDim(u, 3)];
  return [g.Mul(g.param("potential", shape, { init: init.normal(0.1) }), u)];
}

/** A number for each component of [N, C, H, W], or for each place of [N, C]. */
function perComponent(g: NetworkBuilder, name: string, u: Value): Value {
  const shape = [fixedDim(u, 1), ...u.shape.slice(2).map(() => 1)];
  return g.param(name, shape, { init: init.zeros, decay: false });
}

function positive(g: NetworkBuilder, name: string, u: Value): Value {
  return g.Softplus(perComponent(g, name, u));
}

/** u_t = W u − γ u + U x(t) + R, or u_tt: the state after the last input of x [N, T, C], as [N, units, 1, 1]. */
export function drivenField(g: NetworkBuilder, x: Value, it: Driven, { tau }: NpdeGenotype): Value {
  const { units, reaction } = it;
  const inputs = g.scope("input", () => linear(g, x, units, { init: init.glorotUniform }));
  const kernel = g.param("kernel", [units, units], { init: init.orthogonal(0.5) });
  const state = g.Gather(inputs, g.i64(0), { axis: 1 });
  const friction = positive(g, "friction", state);
  const coefficients = coefficientsOf(g, state, it);
  const states = overTime(g, inputs, units, 2, (inner, [u, before], force) => {
    const own = inner.Sub(inner.MatMul(u, kernel), inner.Mul(friction, u));
    return [advance(inner, [before, u], [own, force], reaction, coefficients, tau), u];
  });
  return g.Unsqueeze(g.Gather(states, g.i64(-1), { axis: 1 }), g.i64([2, 3]));
}

/** Intensities behind planes of phases and free paths. The input gives the amplitudes of the waves. */
export function diffract(g: NetworkBuilder, x: Value, it: Waves, genotype: NpdeGenotype): Value {
  const amplitude = g.scope("lift", () =>
    conv2d(g, x, it.modes, { kernel: 1, bias: true, init: init.lecunNormal }),
  );
  let wave: Wave = { re: amplitude, im: g.Mul(amplitude, g.scalar(0)) };
  const shape = [it.modes, fixedDim(x, 2), fixedDim(x, 3)];
  eachStep(g, genotype, () => {
    const phase = g.param("phase", shape, { init: init.normal(0.3), decay: false });
    if (it.kind === "paraxial") {
      wave = propagate(g, phaseMask(g, wave, phase), it.distance);
      return;
    }
    const half = g.Mul(phase, g.scalar(-genotype.tau / 2));
    wave = phaseMask(g, propagate(g, phaseMask(g, wave, half), it.distance * genotype.tau), half);
  });
  return intensity(g, wave);
}
