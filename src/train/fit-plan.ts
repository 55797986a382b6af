import { fail } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { buildNetwork, type Network, type NetworkInput, type Param } from "../nn/index.js";
import type { FitEvaluation, Phase } from "./fit-phase.js";
import { chooses } from "./parameters.js";
import type { PhasePlan } from "./phase.js";
import type { EvaluationPlan, ProgramPlan } from "./program.js";
import type { Order } from "./sampler.js";
import type { Stream } from "./stream.js";

/** A training program's plan from phases and evaluations, with the streams by name. */
export interface FitPlan {
  readonly plan: ProgramPlan;
  readonly streams: Readonly<Record<string, Stream>>;
  readonly order: (phase: number, stream: string) => Order | undefined;
}

/** Builds the networks of all phases and evaluations. A stream that several use is fed once. */
export function planFit(phases: readonly Phase[], evaluations: readonly FitEvaluation[]): FitPlan {
  if (phases.length === 0) fail("fit_option", { path: "phases", expected: "at least one phase" });
  distinct("phase", phases);
  distinct("evaluation", evaluations);
  const named = new Map<Stream, string>();
  const streams: Record<string, Stream> = {};
  const nameOf = (stream: Stream, wanted: string): string => {
    const known = named.get(stream);
    if (known !== undefined) return known;
    let name = wanted;
    for (let i = 2; Object.hasOwn(streams, name); i++) name = `${wanted}${i}`;
    named.set(stream, name);
    streams[name] = stream;
    return name;
  };
  const orders = phases.map(() => new Map<string, Order | undefined>());
  const plans = phases.map((it, p): PhasePlan => {
    const inputs: NetworkInput[] = [];
    const sources: string[] = [];
    const batches: Record<string, number> = {};
    for (const [key, { stream, batchSize, order }] of Object.entries(it.uses)) {
      const name = nameOf(stream, key);
      const size = Math.min(batchSize, stream.length);
      if (batches[name] !== undefined && batches[name] !== size)
        fail("fit_option", { path: `${it.name}.${key}`, expected: "one batch size for one stream" });
      batches[name] = size;
      orders[p]?.set(name, order);
      for (const [field, { dtype, shape }] of Object.entries(stream.fields)) {
        inputs.push({ name: it.several ? `${key}.${field}` : field, dtype, shape, batch: size });
        sources.push(name);
      }
    }
    const [batch = 1] = Object.values(batches);
    const body = (g: Parameters<Phase["body"]>[0], values: readonly Value[]) =>
      it.body(g, it.several ? nested(inputs, values) : byField(inputs, values));
    const network = withChoices(buildNetwork(it.name, inputs, body, { training: true, batch }));
    const { loss, ...metrics } = network.outputs;
    if (loss === undefined) return fail("network_outputs", { path: it.name, expected: "a loss" });
    return {
      name: it.name,
      network: lossFirst(network, loss, metrics),
      streams: sources,
      several: it.several,
      batches,
      steps: it.steps,
      accumulate: it.accumulate,
      optimizer: it.optimizer,
      groups: it.groups,
    };
  });
  const evaluationPlans = evaluations.map((it): EvaluationPlan => {
    const stream = nameOf(it.stream, it.name);
    const inputs = Object.entries(it.stream.fields).map(([name, spec]) => ({ name, ...spec }));
    const body = (g: Parameters<FitEvaluation["body"]>[0], values: readonly Value[]) =>
      it.body(g, byField(inputs, values));
    const network = withChoices(buildNetwork(it.name, inputs, body, { training: false, batch: "N" }));
    return { name: it.name, network, stream, batchSize: it.batchSize };
  });
  const own = plans.map(({ network }) => new Set(network.params.map((p) => p.name)));
  return {
    streams,
    order: (p, stream) => orders[p]?.get(stream),
    plan: {
      phases: plans,
      evaluations: evaluationPlans,
      streams: Object.fromEntries(Object.entries(streams).map(([name, { fields }]) => [name, fields])),
      trains(p, { name }) {
        const choice = phases[p]?.parameters;
        return (own[p]?.has(name) ?? false) && (choice === undefined || chooses(choice, name));
      },
    },
  };
}

function distinct(what: string, items: readonly { readonly name: string }[]): void {
  const names = items.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    fail("fit_option", { path: `${what} ${twice}`, expected: `a name of its own for each ${what}` });
}

function byField(inputs: readonly NetworkInput[], values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(
    inputs.flatMap(({ name }, i) => (values[i] === undefined ? [] : [[name, values[i]]])),
  );
}

/** `a.x` and `b.y` as `{ a: { x }, b: { y } }`. */
function nested(
  inputs: readonly NetworkInput[],
  values: readonly Value[],
): Record<string, Record<string, Value>> {
  const out: Record<string, Record<string, Value>> = {};
  inputs.forEach(({ name }, i) => {
    const dot = name.indexOf(".");
    const [stream, field] = [name.slice(0, dot), name.slice(dot + 1)];
    const value = values[i];
    if (value !== undefined) out[stream] = { ...out[stream], [field]: value };
  });
  return out;
}

/** Open choices of a supernet are parameters as well, called `alpha/…`, all alike at the start. */
function withChoices(network: Network): Network {
  const choices = network.mixtures.map(({ alpha }): Param => {
    const { name, dims } = alpha;
    return { name, shape: dims, init: { kind: "constant", value: 0 }, decay: true, groups: 1, value: alpha };
  });
  return { ...network, params: [...network.params, ...choices] };
}

/** The loss may stand anywhere in what a body returns; the program wants it first. */
function lossFirst(
  network: PhasePlan["network"],
  loss: Value,
  metrics: Readonly<Record<string, Value>>,
): PhasePlan["network"] {
  const { graph } = network;
  const count = Object.keys(network.outputs).length;
  const outputs = [loss, ...Object.values(metrics), ...graph.outputs.slice(count)];
  return { ...network, outputs: { loss, ...metrics }, graph: graph.with({ outputs }) };
}
