import type { Rng } from "../../base/index.js";
import { affine, affineBack, affineLength } from "../learning/affine.js";
import { Lstm, type LstmStep } from "../learning/lstm.js";
import type { Block, Parameters } from "../learning/parameters.js";
import { chancesOf, policyGradient } from "../learning/softmax.js";
import { type Edit, edited, type Network, SCALES } from "./edits.js";
import { addTo, BOUND, EMBEDDING, joined, NetworkReader, nameless, type Reading, UNITS } from "./reader.js";

export const KINDS = ["insert", "remove", "scale"] as const;

/** Logits that one affine map gives: of a state, with where the state's gradient is gathered. */
interface Part {
  readonly block: Block;
  readonly x: Float64Array;
  readonly outputs: number;
  readonly slope: (dx: Float64Array) => void;
}

/** A softmax over the logits of several parts, and which alternative was taken. */
interface Turn {
  readonly parts: readonly Part[];
  readonly chances: Float64Array;
  readonly taken: number;
}

/** Chooses among alternatives with these chances. */
export type Chooser = (chances: Float64Array) => number;

/** The decisions of an inserted layer as the policy takes them, one after another. */
export interface LayerWriter {
  choose(name: string, weights: readonly number[], chooser: Chooser): number;
}

/** All that the policy does with one network. */
export interface EditWalk {
  /** What the value network expects of an edit of this network. */
  readonly value: number;
  /** Takes an edit; undefined where there is none. */
  edit(chooser: Chooser, temperature?: number): Edit | undefined;
  /** Takes this edit, to learn from it; false where it has no place. */
  retake(edit: Edit): boolean;
  /** Writes the layer that an insertion needs. */
  writer(list: string, temperature?: number): LayerWriter;
  /** Adds the gradients of −advantage · ln P − bonus · entropies + (value − reward)² / 2. */
  gather(advantage: number, bonus: number, error: number): void;
}

/**
 * The policy of RENA: it reads the whole network, chooses the kind of an edit from the summary, the layer from the
 * layers' states, a step from the layer's state; the layer to insert is written decision by decision by an LSTM that
 * begins with the summary. A linear value network stands on the summary too.
 */
export class EditPolicy {
  private readonly reader: NetworkReader;
  private readonly decoder: Lstm;

  constructor(private readonly parameters: Parameters) {
    this.reader = new NetworkReader(parameters);
    this.decoder = new Lstm(parameters, "decoder", EMBEDDING, UNITS, BOUND);
  }

  walk(network: Network): EditWalk {
    const reading = this.reader.read(network);
    const turns: Turn[] = [];
    const writers: Writer[] = [];
    const value = this.map("value", reading.summary, 1);
    const level = affine(value, reading.summary, 1)[0] ?? 0;
    return {
      value: level,
      edit: (chooser, temperature) => this.edit(network, reading, turns, () => chooser, temperature),
      retake: (edit) => {
        const found = (edits: readonly Edit[]) => edits.some((it) => same(it, edit));
        const made = this.edit(network, reading, turns, (options) => () => options.findIndex(found));
        return made !== undefined && same(made, edit);
      },
      writer: (list, temperature) => {
        const writer = new Writer(
          this.parameters,
          this.reader,
          this.decoder,
          reading,
          nameless(list),
          temperature,
        );
        writers.push(writer);
        return writer;
      },
      gather: (advantage, bonus, error) => {
        for (const writer of writers) writer.gather(advantage, bonus);
        for (const { parts, chances, taken } of turns) {
          const slope = policyGradient(chances, taken, advantage, bonus);
          let at = 0;
          for (const { block, x, outputs, slope: to } of parts) {
            const dx = new Float64Array(x.length);
            affineBack(block, x, slope.subarray(at, at + outputs), dx);
            to(dx);
            at += outputs;
          }
        }
        const dx = new Float64Array(reading.summary.length);
        affineBack(value, reading.summary, Float64Array.of(error), dx);
        addTo(reading.overall, dx);
        reading.back();
      },
    };
  }

  descend(rate: number): void {
    this.parameters.descend(rate);
  }

  private map(name: string, x: Float64Array, outputs: number): Block {
    return this.parameters.block(`map/${name}`, affineLength(x.length, outputs), BOUND);
  }

  private edit(
    network: Network,
    reading: Reading,
    turns: Turn[],
    chooserFor: (options: readonly (readonly Edit[])[]) => Chooser,
    temperature?: number,
  ): Edit | undefined {
    const places = placesOf(network, reading);
    const turn = (parts: readonly Part[], options: readonly (readonly Edit[])[]): number => {
      const logits = parts.flatMap(({ block, x, outputs }) => [...affine(block, x, outputs)]);
      const weights = options.map((edits) => (edits.length > 0 ? 1 : 0));
      if (!weights.some((it) => it > 0)) return -1;
      const chances = chancesOf(logits, weights, temperature);
      const taken = chooserFor(options)(chances);
      if (taken >= 0) turns.push({ parts, chances, taken });
      return taken;
    };
    const summary: Part = {
      block: this.map("kind", reading.summary, KINDS.length),
      x: reading.summary,
      outputs: KINDS.length,
      slope: (dx) => addTo(reading.overall, dx),
    };
    const kinds = KINDS.map((kind) => places[kind].flatMap((it) => it.edits.flat()));
    const kind = KINDS[turn([summary], kinds)];
    if (kind === undefined) return undefined;
    const all = places[kind];
    const parts = all.map((it) => this.placed(kind, it, reading));
    const place =
      all[
        turn(
          parts,
          all.map((it) => it.edits.flat()),
        )
      ];
    if (place === undefined || kind !== "scale") return place?.edits[0]?.[0];
    const layer = place.layers[0] ?? -1;
    const steps = place.scales.map(({ name }) =>
      this.onLayer(`scale/${name}`, layer, reading, SCALES.length),
    );
    return place.edits[turn(steps, place.edits)]?.[0];
  }

  /** The logit of a place: of a layer, or of the gap between two. */
  private placed(kind: string, { layers }: Place, reading: Reading): Part {
    if (layers.length === 1) return this.onLayer(`at/${kind}`, layers[0] ?? -1, reading, 1);
    const x = joined(
      ...(layers.map((i) => reading.codes[i] ?? new Float64Array(2 * UNITS)) as [Float64Array, Float64Array]),
    );
    return {
      block: this.map(`at/${kind}`, x, 1),
      x,
      outputs: 1,
      slope: (dx) => {
        for (const [side, i] of layers.entries()) {
          const to = reading.slopes[i];
          if (to !== undefined) addTo(to, dx.subarray(2 * UNITS * side, 2 * UNITS * (side + 1)));
        }
      },
    };
  }

  private onLayer(name: string, layer: number, reading: Reading, outputs: number): Part {
    const x = reading.codes[layer] ?? new Float64Array(2 * UNITS);
    return {
      block: this.map(name, x, outputs),
      x,
      outputs,
      slope: (dx) => {
        const to = reading.slopes[layer];
        if (to !== undefined) addTo(to, dx);
      },
    };
  }
}

/** Where an edit may be made. */
interface Place {
  /** Positions of the layer among all, or of those before and behind a gap (-1: none). */
  readonly layers: readonly number[];
  /** The edits there: one, or for each step of each number one or (where it changes nothing) none. */
  readonly edits: readonly (readonly Edit[])[];
  readonly scales: readonly { readonly name: string }[];
}

function placesOf(network: Network, { layers }: Reading): Record<(typeof KINDS)[number], Place[]> {
  const only = (edit: Edit, at: readonly number[]): Place => ({ layers: at, edits: [[edit]], scales: [] });
  const indexOf = (list: string, at: number) => layers.findIndex((it) => it.list === list && it.at === at);
  const insert = network.lists.flatMap(({ key: list, length, mayGrow }) =>
    mayGrow
      ? Array.from({ length: length + 1 }, (_, at) =>
          only({ kind: "insert", list, at }, [indexOf(list, at - 1), indexOf(list, at)]),
        )
      : [],
  );
  const remove = network.lists.flatMap(({ key: list, length, mayShrink }) =>
    mayShrink
      ? Array.from({ length }, (_, at) => only({ kind: "remove", list, at }, [indexOf(list, at)]))
      : [],
  );
  const scale = layers.flatMap(({ numbers }, i): Place[] => {
    const edits = numbers.flatMap(({ key }) =>
      SCALES.map((_, by): Edit[] => {
        const edit = { kind: "scale", key, by } as const;
        return edited(network, edit) === undefined ? [] : [edit];
      }),
    );
    return edits.some((it) => it.length > 0) ? [{ layers: [i], edits, scales: numbers }] : [];
  });
  return { insert, remove, scale };
}

function same(a: Edit, b: Edit): boolean {
  if (a.kind === "scale") return b.kind === "scale" && a.key === b.key && a.by === b.by;
  return b.kind === a.kind && a.list === b.list && a.at === b.at;
}

/** One decision of an inserted layer. */
interface WriterTurn {
  readonly name: string;
  readonly step: LstmStep;
  readonly head: Block;
  readonly chances: Float64Array;
  readonly taken: number;
  /** The word that was read before; undefined at the beginning. */
  readonly word: Block | undefined;
}

class Writer implements LayerWriter {
  private turns: WriterTurn[] = [];
  private readonly seed: Block;
  private readonly first: Float64Array;

  constructor(
    private readonly parameters: Parameters,
    private readonly reader: NetworkReader,
    private readonly decoder: Lstm,
    private readonly reading: Reading,
    private readonly list: string,
    private readonly temperature?: number,
  ) {
    this.seed = parameters.block("map/seed", affineLength(2 * UNITS, EMBEDDING), BOUND);
    this.first = affine(this.seed, reading.summary, EMBEDDING);
  }

  choose(name: string, weights: readonly number[], chooser: Chooser): number {
    // A decision that is taken again: what came of it the last time was refused.
    const again = this.turns.findIndex((it) => it.name === name);
    if (again >= 0) this.turns.length = again;
    const last = this.turns.at(-1);
    const label = `${this.list}*${name}#${weights.length}`;
    const word =
      last === undefined
        ? undefined
        : this.reader.word(`${this.list}*${last.name}#${last.chances.length}=${last.taken}`);
    const step = this.decoder.step(word?.value ?? this.first, last?.step ?? this.decoder.start());
    const head = this.parameters.block(`map/write/${label}`, affineLength(UNITS, weights.length), BOUND);
    const chances = chancesOf(affine(head, step.hidden, weights.length), weights, this.temperature);
    const taken = chooser(chances);
    this.turns.push({ name, step, head, chances, taken, word });
    return taken;
  }

  gather(advantage: number, bonus: number): void {
    let gradient = { hidden: new Float64Array(UNITS), cell: new Float64Array(UNITS) };
    for (const { step, head, chances, taken, word } of this.turns.toReversed()) {
      const slope = policyGradient(chances, taken, advantage, bonus);
      affineBack(head, step.hidden, slope, gradient.hidden);
      const { input, before } = this.decoder.back(step, gradient);
      if (word === undefined) {
        const dx = new Float64Array(this.reading.summary.length);
        affineBack(this.seed, this.reading.summary, input, dx);
        addTo(this.reading.overall, dx);
      } else addTo(word.gradient, input);
      gradient = { hidden: before.hidden.slice(), cell: before.cell.slice() };
    }
  }
}

/** Chooses at random by the chances. */
export function byChance(rng: Rng): Chooser {
  return (chances) => rng.weighted([...chances]);
}
