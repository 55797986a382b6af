/**
 * Gradients are graphs: differentiate a function, print what came out, and run it on ONNX Runtime.
 *   node examples/run.js gradients
 */
import { gradients } from "morphospace/autodiff";
import { printGraph, tensor } from "morphospace/ir";
import { Builder } from "morphospace/ops";
import { ortNode } from "morphospace/runtime";
import { modelOf } from "morphospace/train";

const g = new Builder("square");
const x = g.input("x", "float32", [3]);
const y = g.ReduceSum(g.Mul(x, x), undefined, { keepdims: 0 });
const [dx] = gradients(g, y, [x]);
if (dx === undefined) throw new Error("y does not depend on x");
const graph = g.finish([y, g.identityAs(dx, "dx")]);
console.log(printGraph(graph));

await using session = await ortNode.load(modelOf(graph));
const result = await session.run({ x: tensor("float32", [3], [1, 2, 3]) });
console.log(result.dx?.data); // 2 4 6
