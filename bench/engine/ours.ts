import type { Model, Tensor } from "../../src/ir/index.js";
import { adamW, sgd } from "../../src/nn/index.js";
import { ortNode, ortVersion } from "../../src/runtime/index.js";
import { trainingProgram } from "../../src/train/index.js";
import type { Case } from "./case.js";
import type { Contestant } from "./contestant.js";

/** PyTorch's settings; the decay of Adam's is zero, so that both decay the same parameters: none. */
export const OPTIMIZERS = {
  adamw: () => adamW({ weightDecay: 0.01 }),
  sgd: () => sgd({ momentum: 0.9 }),
} as const;

/** The training program of a case, as a search or `morph train` would build it for the runtime. */
export async function programOf({ workload, network }: Case): Promise<Model> {
  const blockedChannels = await ortNode.blockedChannels?.();
  const classes = Array.from({ length: workload.classes }, (_, i) => String(i));
  return trainingProgram(
    network,
    {
      inputs: [],
      preprocessing: { kind: "plain", mean: [0], std: [1] },
      task: { kind: "classification", classes },
    },
    { optimizer: OPTIMIZERS[workload.optimizer](), blockedChannels },
  );
}

/** What a run of the program is fed, from the carried state and the place in the order of batches. */
export function feedsOf(
  it: Case,
  state: readonly Tensor[],
  at: number,
  trips: number,
): Record<string, Tensor> {
  const { batch, learningRate } = it.workload;
  const order = BigInt64Array.from({ length: trips * batch }, (_, i) =>
    BigInt(it.order[(at * batch + i) % it.order.length] ?? 0),
  );
  const [theta, ...rest] = state;
  const states = rest.at(-1);
  if (theta === undefined || states === undefined) throw new Error("weights and states are missing");
  const feeds: Record<string, Tensor> = {
    trips: { dtype: "int64", dims: [], data: BigInt64Array.of(BigInt(trips)) },
    theta,
    states,
    order: { dtype: "int64", dims: [trips, batch], data: order },
    learning_rates: vector(new Float32Array(trips).fill(learningRate)),
    steps: vector(Float32Array.from({ length: trips }, (_, i) => at + i + 1)),
    keys: { dtype: "uint32", dims: [trips], data: new Uint32Array(trips) },
    data_target: { dtype: "int32", dims: [it.labels.length], data: it.labels },
  };
  rest.slice(0, -1).forEach((slot, i) => {
    feeds[`slot${i}`] = slot;
  });
  for (const [name, t] of Object.entries(it.data)) feeds[`data_${name}`] = t;
  return feeds;
}

export function startOf(it: Case): Tensor[] {
  const { slots } = OPTIMIZERS[it.workload.optimizer]();
  const states = it.states.length === 0 ? new Float32Array(1) : it.states;
  return [
    vector(it.weights),
    ...slots.map(() => vector(new Float32Array(it.weights.length))),
    vector(states),
  ];
}

export async function ours(it: Case, threads: number): Promise<Contestant> {
  const session = await ortNode.load(await programOf(it), { threads, memoryPattern: false });
  let state = startOf(it);
  let at = 0;
  const names = ["theta_out", ...state.slice(1, -1).map((_, i) => `slot${i}_out`), "states_out"];
  return {
    name: "morphospace",
    version: await ortVersion(),
    async run(steps) {
      const feeds = feedsOf(it, state, at, steps);
      for (const name of Object.keys(feeds)) if (!session.inputNames.includes(name)) delete feeds[name];
      const began = performance.now();
      const before = process.cpuUsage();
      const out = await session.run(feeds);
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(before);
      state = names.map(
        (name) => out[name] ?? feeds[name.replace("_out", "")] ?? vector(new Float32Array(1)),
      );
      at += steps;
      return {
        losses: Array.from(out.losses?.data as Float32Array),
        seconds,
        busySeconds: (user + system) / 1e6,
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function vector(data: Float32Array): Tensor {
  return { dtype: "float32", dims: [data.length], data };
}
