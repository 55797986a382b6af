import type { Dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";

type All<L extends readonly Value[]> = { readonly [K in keyof L]: Value };

/**
 * Steps in time: `rows` are values of all steps [length * batch, ·], of which `step` gets one step's [batch, ·] with
 * what is carried [batch, ·], and gives what is carried on and what is kept of the step. In the end: what the last
 * step carried on, and what was kept of all steps [length * batch, ·].
 */
export type Chain = <
  const C extends readonly Value[],
  const R extends readonly Value[],
  const K extends readonly Value[],
>(
  carried: C,
  rows: R,
  step: (g: Builder, carried: All<C>, rows: All<R>) => { readonly carried: All<C>; readonly kept: K },
) => { readonly carried: All<C>; readonly kept: All<K> };

interface Chained {
  readonly carried: readonly Value[];
  readonly kept: readonly Value[];
}
type AnyStep = (g: Builder, carried: readonly Value[], rows: readonly Value[]) => Chained;
type AnyChain = (carried: readonly Value[], rows: readonly Value[], step: AnyStep) => Chained;

/**
 * Sequences up to this length are written out: nodes of their own cost less than a Scan's iterations (docs/engine-log.md),
 * though each costs time once, when the session is made.
 */
const WRITTEN_OUT = 128;

interface ChainOptions {
  readonly length: Dim | undefined;
  /** Length and batch, an int64 vector. */
  readonly size: Value;
  /** From the last step to the first. */
  readonly reverse: boolean;
  /** Whether a row's sequence still runs, [rows, 1]: what does not run carries on what it has, and keeps 0. */
  readonly runs: Value | undefined;
}

export function chainOverTime(g: Builder, options: ChainOptions): Chain {
  const { length, runs } = options;
  const chain =
    typeof length === "number" && length <= WRITTEN_OUT
      ? writtenOut(g, options, length)
      : scanned(g, options);
  // The step's types are those of the lists that come in: the chain hands on as many values as it got.
  if (runs === undefined) return chain as Chain;
  const bounded: AnyChain = (carried, rows, step) =>
    chain(carried, [...rows, runs], (b, states, all) => {
      const goes = all[rows.length];
      const next = step(b, states, all.slice(0, rows.length));
      if (goes === undefined) return next;
      return {
        carried: next.carried.map((v, i) => b.Where(goes, v, states[i] ?? v)),
        kept: next.kept.map((v) => b.Where(goes, v, b.scalar(0, v.dtype))),
      };
    });
  return bounded as Chain;
}

function writtenOut(g: Builder, { reverse }: ChainOptions, length: number): AnyChain {
  return (first, rows, step) => {
    const parts = rows.map((v) =>
      length === 1 ? [v] : g.Split(v, undefined, { axis: 0, num_outputs: length }),
    );
    let carried = first;
    const kept: (readonly Value[])[] = [];
    for (let i = 0; i < length; i++) {
      const t = reverse ? length - 1 - i : i;
      const next = step(
        g,
        carried,
        parts.flatMap((part) => part[t] ?? []),
      );
      carried = next.carried;
      kept[t] = next.kept;
    }
    const count = kept[0]?.length ?? 0;
    const stacked = Array.from({ length: count }, (_, i) =>
      g.Concat(
        kept.flatMap((of) => of[i] ?? []),
        { axis: 0 },
      ),
    );
    return { carried, kept: stacked };
  };
}

function scanned(g: Builder, { reverse, size }: ChainOptions): AnyChain {
  return (first, rows, step) => {
    const apart = rows.map((v) => g.Reshape(v, g.Concat([size, g.i64([Number(v.shape[1])])], { axis: 0 })));
    let keptCount = 0;
    const body = g.subgraph(
      "steps",
      [
        ...first.map((v, i) => ({ name: `carried${i}`, dtype: v.dtype, shape: v.shape })),
        ...apart.map((v, i) => ({ name: `step${i}`, dtype: v.dtype, shape: v.shape.slice(1) })),
      ],
      (b, ...values) => {
        const next = step(b, values.slice(0, first.length), values.slice(first.length));
        keptCount = next.kept.length;
        return [...next.carried, ...next.kept];
      },
    );
    const directions = reverse
      ? {
          scan_input_directions: apart.map(() => 1 as const),
          scan_output_directions: Array.from({ length: keptCount }, () => 1 as const),
        }
      : {};
    const outputs = g.Scan([...first, ...apart], { body, num_scan_inputs: apart.length, ...directions });
    const kept = outputs.slice(first.length).map((v) => g.Reshape(v, g.i64([-1, Number(v.shape[2])])));
    return { carried: outputs.slice(0, first.length), kept };
  };
}
