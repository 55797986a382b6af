/** A small task that any network for images should learn: bars, upright or lying. */
import { type Dataset, datasetFromArrays } from "../data/portable.js";
import { warmupCosine } from "../nn/index.js";
import { ortNode } from "../runtime/index.js";
import type { Infer } from "../schema/index.js";
import { bodyOf, type Space, spaceFor } from "../spaces/index.js";
import { optimizerOf, problemOf, Trainer } from "../train/index.js";

/** 96 grey pictures of `side` by `side` pixels in two classes. */
export function barsDataset(side: number): Promise<Dataset> {
  const count = 96;
  const x = Uint8Array.from({ length: count * side * side }, (_, i) => {
    const [n, at] = [Math.floor(i / (side * side)), i % (side * side)];
    const along = n % 2 === 0 ? at % side : Math.floor(at / side);
    return (along === (n * 5) % side ? 220 : 20) + ((i * 31) % 23);
  });
  return datasetFromArrays({ x, shape: [side, side], y: Array.from({ length: count }, (_, n) => n % 2) });
}

export interface BarsOptions<G> {
  /** A point of the space for these pictures. */
  readonly genotype: (space: Space) => G;
  readonly side?: number;
  readonly epochs?: number;
  readonly rate?: number;
}

/** Losses of each epoch in training, by the space's recipe. */
export async function learnBars(
  general: Space,
  options: BarsOptions<Infer<Space["schema"]>>,
): Promise<number[]> {
  const { genotype, side = 16, epochs = 10, rate = general.recipe.learningRate } = options;
  await using dataset = await barsDataset(side);
  const space = spaceFor(general, problemOf(dataset));
  const body = bodyOf(space, genotype(space));
  const settings = { batchSize: 16, optimizer: optimizerOf(space.recipe), seed: 1 };
  await using trainer = await Trainer.create(ortNode, dataset, body, settings);
  const cycle = { epochs, schedule: (perEpoch: number) => warmupCosine(rate, perEpoch) };
  const losses: number[] = [];
  for await (const { trainLoss } of trainer.train(trainer.start(), cycle)) losses.push(trainLoss);
  return losses;
}

/** The seed of a name. */
export function seedOf(name: string): (space: Space) => Infer<Space["schema"]> {
  return ({ seeds }) => {
    const found = seeds?.[name];
    if (found === undefined) throw new Error(`no seed ${name}`);
    return found;
  };
}
