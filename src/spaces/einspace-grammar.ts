/** The grammar of einspace: which rules there are, how likely each is, and which fit a tensor. */
import { type Schema, s } from "../schema/index.js";
import {
  AGGREGATES,
  afterAggregate,
  afterPost,
  afterPre,
  afterSplit,
  type EinModule,
  extentOf,
  type Flow,
  LAYERS,
  POSTS,
  PRES,
  SPLITS,
  splitOf,
} from "./einspace-shapes.js";

/** Share of computation among the four kinds of module: trees then have 0.98 children a module on average, and end. */
export const COMPUTATION_SHARE = 0.32;
const OTHERS = (1 - COMPUTATION_SHARE) / 3;

export interface GrammarLimits {
  /** Modules nested in one another; the innermost are computations. */
  readonly maxDepth: number;
  readonly maxParams: number;
  /** Numbers that all layers together put out for one example. */
  readonly maxActivations: number;
}

/** Branches that meet: how many, the shape of the first and that of the others. */
interface Meeting {
  readonly factor: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

const NOWHERE: Flow = { shape: [], grid: null };

function behind(module: EinModule, flow: Flow): Flow {
  const extent = extentOf(module, flow);
  return extent === undefined ? NOWHERE : { ...flow, shape: extent.shape };
}

/**
 * Derivations for inputs of a shape. Every rule sees the shape at its place and exists only where it fits; where no
 * rule fits, the one above takes another (so a branching whose branches cannot be joined is dropped).
 */
export function einspaceSchema(input: Flow, limits: GrammarLimits): Schema<EinModule> {
  const module: Schema<EinModule, Flow> = s.lazy(() => anyModule, { maxDepth: limits.maxDepth });

  const sequential = s.object({
    first: module,
    second: s.within({ first: module }, ({ first }, flow: Flow): Flow => behind(first, flow), module),
  });

  const split = s
    .oneOf(SPLITS, {
      allow: (name, flow: Flow) => isName(name) && afterSplit(name, flow.shape) !== undefined,
    })
    .describe("copies, or equal parts of an axis");
  const inBranch = s.within(
    { split },
    ({ split: by }, flow: Flow): Flow => ({ ...flow, shape: afterSplit(by, flow.shape) ?? [] }),
    module,
  );
  const isPair = ({ split: by }: { readonly split: (typeof SPLITS)[number] }) => splitOf(by).factor === 2;
  const other = s.when({ split }, isPair, inBranch);
  const aggregate = s
    .oneOf(AGGREGATES, {
      allow: (name, { factor, a, b }: Meeting) =>
        isName(name) && afterAggregate(name, factor, a, b) !== undefined,
    })
    .describe("how branches are joined");
  const branching = s.object({
    split,
    branch: inBranch,
    other,
    aggregate: s.within(
      { split, branch: inBranch, other },
      ({ split: by, branch, other: second = branch }, flow: Flow): Meeting => {
        const inside = { ...flow, shape: afterSplit(by, flow.shape) ?? [] };
        return {
          factor: splitOf(by).factor,
          a: behind(branch, inside).shape,
          b: behind(second, inside).shape,
        };
      },
      aggregate,
    ),
  });

  const pre = s
    .oneOf(PRES, { allow: (name, flow: Flow) => isName(name) && afterPre(name, flow) !== undefined })
    .describe("what is moved before");
  const body = s.within(
    { pre },
    ({ pre: by }, flow: Flow): Flow => ({ ...flow, shape: (afterPre(by, flow) ?? NOWHERE).shape }),
    module,
  );
  const post = s
    .oneOf(POSTS, { allow: (name, flow: Flow) => isName(name) && afterPost(name, flow) !== undefined })
    .describe("what is moved after");
  const routing = s.object({
    pre,
    body,
    post: s.within(
      { pre, body },
      ({ pre: by, body: inner }, flow: Flow): Flow => {
        const moved = afterPre(by, flow) ?? NOWHERE;
        return { shape: behind(inner, { ...flow, shape: moved.shape }).shape, grid: moved.grid };
      },
      post,
    ),
  });

  const computation = s.object({ layer: s.oneOf(LAYERS) });
  const anyModule: Schema<EinModule, Flow> = s.oneOf(
    { sequential, branching, routing, computation },
    {
      weights: {
        sequential: OTHERS,
        branching: OTHERS,
        routing: OTHERS,
        computation: COMPUTATION_SHARE,
      },
    },
  );
  const start: Schema<EinModule, Flow> = s.oneOf({ sequential, branching, routing });
  const fits = (tree: EinModule, flow: Flow) => {
    const extent = extentOf(tree, flow);
    return (
      extent !== undefined && extent.params <= limits.maxParams && extent.activations <= limits.maxActivations
    );
  };
  const bounds = `at most ${limits.maxParams} weights, and ${limits.maxActivations} numbers an example between layers`;
  return s.bind(s.refine(start, fits, bounds), input);
}

/**
 * Decimal logarithm of a lower bound of how many derivations there are, whatever the input and the limits of weights
 * and numbers: sequences of sequences of identities are points, as many as there are binary trees of the depth.
 */
export function leastDerivationsLog10(maxDepth: number): number {
  // a(0) = 1 and a(d) = 1 + a(d − 1)²; the root is no computation, so one less.
  let log = 0;
  for (let depth = 1; depth <= maxDepth; depth++) log = 2 * log + Math.log10(1 + 10 ** (-2 * log));
  return 2 * log;
}

/** Alternatives of these lists have names; those of other lists may have numbers. */
function isName<N extends string | number>(name: N): name is Extract<N, string> {
  return typeof name === "string";
}
