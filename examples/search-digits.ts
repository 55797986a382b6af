/**
 * Search on handwritten digits, with limits and events. Ctrl-C stops cleanly; resumeStudy goes on.
 *   node examples/run.js search-digits [SECONDS]
 */
import { datasets, search } from "morphospace";

const seconds = Number(process.argv[2] ?? 120);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

await using study = await search({
  ...datasets.mnist,
  limits: { params: 50_000, latencyMs: 1 },
  timeMs: seconds * 1000,
  seed: 1,
});

for await (const event of study.run({ signal: stop.signal })) {
  // `type` tells events apart, so each case knows its fields.
  switch (event.type) {
    case "asked":
      console.log(`trial ${event.trial}: ${event.costs.params} params, ${event.costs.macs} MACs`);
      break;
    case "rung":
      console.log(`trial ${event.trial}: ${(100 * event.valAccuracy).toFixed(1)} % at rung ${event.rung}`);
      break;
    case "failed":
      console.error(`trial ${event.trial}: ${event.error.code}`);
      break;
  }
}

const { best } = study.document();
if (best !== null) console.log(`${(100 * best.testAccuracy).toFixed(2)} % on test data: ${best.onnx}`);
