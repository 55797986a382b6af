import { ExitCode, fail } from "../../base/index.js";
import { sizeOf, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import type { Param } from "../network.js";

/** Where one parameter lies in the flat vectors. */
export interface Segment {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  /** Multiplies the learning rate. */
  readonly rate: number;
  /** Multiplies the weight decay: 0 for biases and normalisation unless a group says otherwise. */
  readonly decay: number;
}

/** The order of all parameters in the flat vectors. */
export interface ParameterLayout {
  readonly segments: readonly Segment[];
  readonly size: number;
  /** Length of the vector of running statistics. */
  readonly stateSize: number;
}

/** What a group of parameters has of its own; both multiply the common value, and are 1 where left out. */
export interface GroupOptions {
  readonly rate?: number;
  readonly decay?: number;
}

/** Options of each parameter, by the whole list in the order of declaration. */
export type ParameterGroups = (params: readonly Pick<Param, "name" | "shape">[]) => readonly GroupOptions[];

/**
 * The layout of parameters in their order.
 *
 * @throws `optimizer_group` where a group has options that are not numbers of at least 0
 */
export function layoutOf(
  params: readonly Pick<Param, "name" | "shape" | "decay">[],
  stateSize: number,
  groups?: ParameterGroups,
): ParameterLayout {
  const options = groups?.(params) ?? [];
  let offset = 0;
  const segments = params.map((p, i) => {
    const size = sizeOf(p.shape);
    const { rate = 1, decay = 1 } = options[i] ?? {};
    for (const value of [rate, decay]) {
      if (!(value >= 0 && Number.isFinite(value)))
        fail("optimizer_group", { path: p.name, expected: "factors of at least 0", received: `${value}` });
    }
    const segment: Segment = {
      name: p.name,
      shape: p.shape,
      offset,
      size,
      rate,
      decay: p.decay ? decay : 0,
    };
    offset += size;
    return segment;
  });
  return { segments, size: offset, stateSize };
}

/**
 * Groups by name: of the first entry whose pattern a parameter's name matches. A pattern is a regular expression or
 * the beginning of the name.
 */
export function groupsByName(
  entries: readonly (GroupOptions & { readonly match: RegExp | string })[],
): ParameterGroups {
  return (params) =>
    params.map(
      ({ name }) =>
        entries.find(({ match }) =>
          typeof match === "string" ? name.startsWith(match) : match.test(name),
        ) ?? {},
    );
}

/**
 * Layer-wise decay of the learning rate (Clark et al. 2020, ELECTRA; Bao et al. 2022, BEiT): the last layer learns at
 * the full rate, each one before it at `factor` times the next one's.
 *
 * @param layerOf the layer of a parameter by its name; default: the part of the name before the first slash, layers in
 *   the order in which they first occur
 */
export function layerWiseDecay(
  factor: number,
  layerOf: (name: string) => string = (name) => name.split("/")[0] ?? name,
): ParameterGroups {
  if (!(factor > 0 && factor <= 1))
    fail(
      "optimizer_option",
      {
        path: "layerWiseDecay.factor",
        expected: "a number above 0 and at most 1",
        received: `${factor}`,
      },
      { exitCode: ExitCode.usage },
    );
  return (params) => {
    const layers = [...new Set(params.map(({ name }) => layerOf(name)))];
    return params.map(({ name }) => ({
      rate: factor ** (layers.length - 1 - layers.indexOf(layerOf(name))),
    }));
  };
}

/** Several groupings at once: their factors multiply. */
export function combineGroups(...all: readonly ParameterGroups[]): ParameterGroups {
  return (params) => {
    const each = all.map((groups) => groups(params));
    const product = (i: number, what: "rate" | "decay") =>
      each.reduce((value, options) => value * (options[i]?.[what] ?? 1), 1);
    return params.map((_, i) => ({ rate: product(i, "rate"), decay: product(i, "decay") }));
  };
}

/** One number for each element, of the number that its segment has; undefined where all have the same. */
function perElement(layout: ParameterLayout, of: (segment: Segment) => number): Float32Array | number {
  const values = layout.segments.map(of);
  const [first = 0] = values;
  if (values.every((v) => v === first)) return first;
  const data = new Float32Array(layout.size);
  layout.segments.forEach(({ offset, size }, i) => {
    data.fill(values[i] ?? 0, offset, offset + size);
  });
  return data;
}

function constantOf(g: Builder, values: Float32Array | number, name: string): Value {
  return typeof values === "number"
    ? g.scalar(values)
    : g.constant({ dtype: "float32", dims: [values.length], data: values }, name);
}

/** λ for each element as a constant, a scalar where all decay alike; undefined where nothing decays. */
export function decayOf(g: Builder, layout: ParameterLayout, weightDecay: number): Value | undefined {
  const values = perElement(layout, ({ decay }) => decay * weightDecay);
  return values === 0 ? undefined : constantOf(g, values, "weight_decay");
}

/** The learning rate of each element: the scalar itself where no group has a factor of its own. */
export function rateOf(g: Builder, layout: ParameterLayout, rate: Value): Value {
  const values = perElement(layout, (segment) => segment.rate);
  return values === 1 ? rate : g.Mul(constantOf(g, values, "rate_factors"), rate);
}

/** λθ for each element, or undefined where nothing decays. */
export function decayed(
  g: Builder,
  { theta, layout }: { readonly theta: Value; readonly layout: ParameterLayout },
  weightDecay: number,
): Value | undefined {
  const factors = decayOf(g, layout, weightDecay);
  return factors === undefined ? undefined : g.Mul(theta, factors);
}

/**
 * What a rule of single parameters makes of flat vectors: they are cut into the parameters' pieces (flat ones), and
 * the results put together again.
 */
export function bySegment(
  g: Builder,
  { segments }: ParameterLayout,
  vectors: readonly Value[],
  rule: (pieces: readonly Value[], segment: Segment) => Value,
): Value {
  const sizes = segments.map(({ size }) => size);
  const cut = vectors.map((v) =>
    segments.length === 1 ? [v] : g.op("Split", [v, g.i64(sizes)], { axis: 0 }, segments.length),
  );
  const results = segments.map((segment, i) =>
    rule(
      cut.map((pieces) => pieces[i] ?? fail("internal", { expected: "a piece for each segment" })),
      segment,
    ),
  );
  const [only] = results;
  return results.length === 1 && only !== undefined ? only : g.Concat(results, { axis: 0 });
}
