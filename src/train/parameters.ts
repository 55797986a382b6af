import { fail } from "../base/index.js";
import { sizeOf } from "../ir/index.js";
import type { Network, Param, State, Weights } from "../nn/index.js";

/** Parameters that are trained by the same phases: one flat vector of the training program. */
export interface ParameterBlock {
  readonly params: readonly Param[];
  readonly size: number;
}

/** All parameters and running statistics of a training program, whatever network they come from. */
export interface ParameterSpace {
  readonly blocks: readonly ParameterBlock[];
  readonly states: readonly State[];
  /** Length of the vector of running statistics: at least 1, so that every program has one form. */
  readonly stateSize: number;
}

/** Which parameters a phase trains: a name or the beginning of one, a pattern, several, or a rule. */
export type ParameterChoice = string | RegExp | readonly (string | RegExp)[] | ((name: string) => boolean);

export function chooses(choice: ParameterChoice, name: string): boolean {
  if (typeof choice === "function") return choice(name);
  if (typeof choice === "string") return name.startsWith(choice);
  if (choice instanceof RegExp) return choice.test(name);
  return choice.some((one) => chooses(one, name));
}

/**
 * Joins the parameters of several networks by name, and groups them by the phases that train them.
 *
 * @param trained whether a phase (by position) trains a parameter
 * @throws `parameter_conflict` where two networks have different parameters of one name
 */
export function parameterSpace(
  networks: readonly Pick<Network, "params" | "states">[],
  phases: number,
  trained: (phase: number, param: Param) => boolean,
): ParameterSpace {
  const params = union(networks.flatMap((it) => it.params));
  const states = union(networks.flatMap((it) => it.states));
  const blocks = new Map<string, Param[]>();
  for (const param of params) {
    const key = Array.from({ length: phases }, (_, phase) => Number(trained(phase, param))).join("");
    const block = blocks.get(key);
    if (block === undefined) blocks.set(key, [param]);
    else block.push(param);
  }
  return {
    blocks: [...blocks.values()].map((list) => ({ params: list, size: sizeOfAll(list) })),
    states,
    stateSize: Math.max(1, sizeOfAll(states)),
  };
}

export function sizeOfAll(items: readonly { readonly shape: readonly number[] }[]): number {
  return items.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function union<T extends { readonly name: string; readonly shape: readonly number[] }>(
  all: readonly T[],
): T[] {
  const byName = new Map<string, T>();
  for (const it of all) {
    const known = byName.get(it.name);
    if (known === undefined) byName.set(it.name, it);
    else if (known.shape.join() !== it.shape.join()) {
      fail("parameter_conflict", {
        path: it.name,
        expected: `one shape in all phases and evaluations, [${known.shape.join(", ")}]`,
        received: `[${it.shape.join(", ")}]`,
      });
    }
  }
  return [...byName.values()];
}

/**
 * The weights of a network whose parameters are among those of a program.
 *
 * @param theta one vector a block
 * @throws `parameter_unknown` for one that the program does not have
 */
export function weightsFor(
  network: Pick<Network, "params" | "states">,
  space: ParameterSpace,
  theta: readonly Float32Array[],
  states: Float32Array,
): Weights {
  const found = new Map<string, Float32Array>();
  const place = (
    items: readonly { readonly name: string; readonly shape: readonly number[] }[],
    flat?: Float32Array,
  ) => {
    let at = 0;
    for (const { name, shape } of items) {
      found.set(name, flat?.subarray(at, at + sizeOf(shape)) ?? new Float32Array(0));
      at += sizeOf(shape);
    }
  };
  space.blocks.forEach(({ params }, i) => {
    place(params, theta[i]);
  });
  place(space.states, states);
  const collect = (items: readonly { readonly name: string; readonly shape: readonly number[] }[]) => {
    const out = new Float32Array(sizeOfAll(items));
    let at = 0;
    for (const { name, shape } of items) {
      const values = found.get(name);
      if (values?.length !== sizeOf(shape)) {
        return fail("parameter_unknown", {
          path: name,
          expected: "a parameter of the networks that were trained",
          hint: "build the network with the same names and shapes",
        });
      }
      out.set(values, at);
      at += values.length;
    }
    return out;
  };
  return { params: collect(network.params), states: collect(network.states) };
}
