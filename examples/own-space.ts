/**
 * A search space of one's own: a schema of decisions, and the network that a choice stands for. Sampling,
 * mutation, counting and checking all come from the schema.
 *   node examples/run.js own-space
 */
import { defineSpace, s, search } from "morphospace";
import { activation, dropout, linear } from "morphospace/nn";
import { flatFeatures } from "morphospace/train";

const schema = s.object({
  layers: s.repeat(s.object({ width: s.int({ min: 4, max: 64, step: 4, log: true }) }), { min: 1, max: 3 }),
  activation: s.oneOf(["relu", "tanh", "gelu"]),
  dropout: s.oneOf([0, 0.1, 0.3]),
});

/** { layers: { width: number }[]; activation: "relu" | "tanh" | "gelu"; dropout: number } */
export type Genotype = s.infer<typeof schema>;

const funnel = defineSpace({
  name: "funnel",
  version: 1,
  description: "Layers that may differ in width",
  schema,
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 3e-3,
    weightDecay: 0.01,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: () => undefined,
  build(g, features, genotype, outputs) {
    let h = g.scope("inputs", () => flatFeatures(g, features, 4));
    genotype.layers.forEach(({ width }, i) => {
      h = g.scope(`layer${i + 1}`, () => activation(g, linear(g, h, width), genotype.activation));
    });
    return g.scope("output", () => linear(g, dropout(g, h, genotype.dropout), outputs));
  },
});

// The space itself rather than its name: its trials run in this process, and genotypes have its type.
await using study = await search({ data: "penguins", space: funnel, limits: { params: 2_000 }, trials: 6 });
for await (const event of study.run()) {
  if (event.type === "asked") console.log(event.genotype.layers.map(({ width }) => width).join("-"));
}

const best: Genotype | undefined = study.document().best?.genotype;
console.log(best);
