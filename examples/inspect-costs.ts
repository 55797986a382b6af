/**
 * What a network costs to run, in all and by node. `morph inspect` does the same from a shell.
 *   node examples/run.js inspect-costs MODEL.onnx
 */
import { countCosts, measureLatency, nodeCosts } from "morphospace/cost";
import { loadModel } from "morphospace/onnx";
import { ortNode } from "morphospace/runtime";

const model = await loadModel(process.argv[2] ?? "mlp.onnx");
const costs = countCosts(model.graph);
const latency = await measureLatency(ortNode, model, { runs: 30 });
console.log(costs);
console.log(`${latency.median.toFixed(3)} ms a run at batch 1 on ${latency.threads} thread`);

const dearest = nodeCosts(model.graph).sort((a, b) => b.macs - a.macs);
for (const { node, macs, params } of dearest.slice(0, 5)) {
  console.log(node.opType, node.name ?? "", `${macs} MACs`, `${params} params`);
}
