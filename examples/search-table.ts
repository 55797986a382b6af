/**
 * Search on a table: a file of your own, or one of the tables that come with the package.
 *   node examples/run.js search-table [FILE.csv TARGET]
 */
import { datasets, openDataset, search } from "morphospace";

const [file = "penguins", target] = process.argv.slice(2);

// What was made of the columns, before any time is spent on training.
await using data = await openDataset(file, { target });
if (data.preprocessing.kind === "table") {
  for (const { name, mean, missing } of data.preprocessing.numeric) console.log(name, { mean, missing });
  for (const { name, categories } of data.preprocessing.categorical) console.log(name, categories);
}
for (const note of data.notes) console.log(`note: ${note}`);

await using study = await search({
  ...datasets.table(file, target),
  limits: { params: 5_000 },
  trials: 8,
});
for await (const event of study.run()) {
  if (event.type === "rung") console.log(event.trial, event.valAccuracy.toFixed(3));
}

const { best, baselines, metric } = study.document();
console.log(`${metric} on test data: ${best?.testAccuracy}, a linear model: ${baselines.linear}`);
