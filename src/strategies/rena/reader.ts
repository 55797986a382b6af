import { Lstm, type LstmStep } from "../learning/lstm.js";
import type { Block, Parameters } from "../learning/parameters.js";
import { BINS, binOf } from "../learning/tokens.js";
import { type Network, placeIn } from "./edits.js";

/** Units of the embedding of a layer, and of each direction that reads the network. */
export const EMBEDDING = 24;
export const UNITS = 50;
export const BOUND = 0.08;

/** A layer: an item of a list, or what stands in none of them. */
export interface Layer {
  /** The innermost list that it is in; undefined for what is in none. */
  readonly list: string | undefined;
  readonly at: number;
  /** Its decisions, as words that do not name the place. */
  readonly words: readonly string[];
  /** Keys of its numbers, with their names within the layer. */
  readonly numbers: readonly { readonly key: string; readonly name: string }[];
}

/** The layers of a network in their order, what stands in no list first. */
export function layersOf({ decisions, lists }: Network): Layer[] {
  const layers = new Map<
    string,
    { list?: string; at: number; words: string[]; numbers: { key: string; name: string }[] }
  >();
  layers.set("", { at: 0, words: [], numbers: [] });
  for (const { key, count, value } of decisions.values()) {
    let [home, name, list, at]: [string, string, string | undefined, number] = ["", key, undefined, 0];
    for (const { key: outer } of lists) {
      const place = placeIn(key, outer);
      if (place === undefined || (list !== undefined && outer.length <= list.length)) continue;
      home = `${outer}/${place.at}`;
      name = `${nameless(outer)}*${place.rest}`;
      [list, at] = [outer, place.at];
    }
    let layer = layers.get(home);
    if (layer === undefined) {
      layer = { list, at, words: [], numbers: [] };
      layers.set(home, layer);
    }
    layer.words.push(count === 0 ? `${name}#${BINS}=${binOf(value)}` : `${name}#${count}=${value}`);
    if (count === 0) layer.numbers.push({ key, name });
  }
  return [...layers.values()].map((it) => ({ ...it, list: it.list }));
}

/** A list's key without the places of the lists around it. */
export function nameless(list: string): string {
  return list.replaceAll(/\/\d+(?=[/:]|$)/g, "/*");
}

/** What a reader made of a network. Gradients are added to `slopes`, `overall`, and brought back by `back`. */
export interface Reading {
  readonly layers: readonly Layer[];
  /** Of each layer: both directions' states, one behind the other. */
  readonly codes: readonly Float64Array[];
  readonly slopes: readonly Float64Array[];
  /** The last states of both directions: the summary of the network. */
  readonly summary: Float64Array;
  readonly overall: Float64Array;
  back(): void;
}

/** A bidirectional LSTM over the layers' embeddings, each the sum of the embeddings of the layer's words. */
export class NetworkReader {
  private readonly onward: Lstm;
  private readonly backward: Lstm;

  constructor(private readonly parameters: Parameters) {
    this.onward = new Lstm(parameters, "onward", EMBEDDING, UNITS, BOUND);
    this.backward = new Lstm(parameters, "backward", EMBEDDING, UNITS, BOUND);
  }

  word(word: string): Block {
    return this.parameters.block(`word/${word}`, EMBEDDING, BOUND);
  }

  read(network: Network): Reading {
    const layers = layersOf(network);
    const inputs = layers.map(({ words }) => {
      const sum = new Float64Array(EMBEDDING);
      for (const word of words) addTo(sum, this.word(word).value);
      return sum;
    });
    const there = walk(this.onward, inputs);
    const home = walk(this.backward, inputs.toReversed()).toReversed();
    const codes = layers.map((_, i) => joined(there[i]?.hidden, home[i]?.hidden));
    const slopes = layers.map(() => new Float64Array(2 * UNITS));
    const overall = new Float64Array(2 * UNITS);
    const back = () => {
      const toInputs = layers.map(() => new Float64Array(EMBEDDING));
      const [first, last] = [overall.subarray(0, UNITS), overall.subarray(UNITS)];
      backThrough(
        this.onward,
        there,
        slopes.map((it) => it.subarray(0, UNITS)),
        first,
        toInputs,
      );
      backThrough(
        this.backward,
        home.toReversed(),
        slopes.map((it) => it.subarray(UNITS)).reverse(),
        last,
        toInputs.toReversed(),
      );
      for (const [i, { words }] of layers.entries()) {
        const slope = toInputs[i];
        if (slope !== undefined) for (const word of words) addTo(this.word(word).gradient, slope);
      }
    };
    return { layers, codes, slopes, summary: joined(there.at(-1)?.hidden, home[0]?.hidden), overall, back };
  }
}

function walk(lstm: Lstm, inputs: readonly Float64Array[]): LstmStep[] {
  const steps: LstmStep[] = [];
  for (const input of inputs) steps.push(lstm.step(input, steps.at(-1) ?? lstm.start()));
  return steps;
}

function backThrough(
  lstm: Lstm,
  steps: readonly LstmStep[],
  slopes: readonly Float64Array[],
  end: Float64Array,
  toInputs: readonly Float64Array[],
): void {
  let gradient = { hidden: end.slice(), cell: new Float64Array(UNITS) };
  for (let t = steps.length - 1; t >= 0; t--) {
    const [step, slope, toInput] = [steps[t], slopes[t], toInputs[t]];
    if (step === undefined || slope === undefined || toInput === undefined) continue;
    addTo(gradient.hidden, slope);
    const { input, before } = lstm.back(step, gradient);
    addTo(toInput, input);
    gradient = { hidden: before.hidden.slice(), cell: before.cell.slice() };
  }
}

export function joined(a?: Float64Array, b?: Float64Array): Float64Array {
  const out = new Float64Array((a?.length ?? 0) + (b?.length ?? 0));
  if (a !== undefined) out.set(a);
  if (b !== undefined) out.set(b, a?.length ?? 0);
  return out;
}

export function addTo(to: Float64Array, what: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (what[i] as number);
}
