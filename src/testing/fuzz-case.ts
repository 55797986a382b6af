import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { MorphError, type Rng, rngOf } from "../base/index.js";
import { countCosts } from "../cost/index.js";
import { verifyGraph } from "../ir/index.js";
import { decodeModel, encodeModel, irVersionOf, ModelProtoSchema } from "../onnx/index.js";
import { allOps, opsetFor } from "../ops/index.js";
import { inferShapes } from "../passes/index.js";
import { mutateMessage } from "./mutate-message.js";
import { opCase } from "./op-contract.js";

/** Models of single operators, as the operators' own samples make them: every shape rule is reached. */
function seedModel(rng: Rng): Uint8Array {
  const ops = allOps();
  const op = ops[rng.int(ops.length)];
  const sample = op?.samples[rng.int(op.samples.length)];
  if (op === undefined || sample === undefined) throw new Error("no operators");
  const { graph } = opCase(op, sample, 1);
  const opset = opsetFor(graph);
  return encodeModel({ graph, opsets: { "": opset }, irVersion: irVersionOf(opset), metadata: { k: "v" } });
}

/** The bytes of one case: a model, changed in its structure, and now and then in its bytes. */
export function fuzzInput(seed: number, number: number): Uint8Array {
  const rng = rngOf(seed, "fuzz", number);
  const words = allOps().flatMap((op) => [op.type, ...Object.keys(op.attributes)]);
  const original = fromBinary(ModelProtoSchema, seedModel(rng));
  const bytes = toBinary(
    ModelProtoSchema,
    mutateMessage(ModelProtoSchema, clone(ModelProtoSchema, original), rng, words),
  );
  if (rng.int(5) !== 0) return bytes;
  const cut = rng.int(2) === 0 ? bytes.subarray(0, rng.int(bytes.length + 1)) : bytes;
  const broken = cut.slice();
  if (broken.length > 0) broken[rng.int(broken.length)] = rng.int(256);
  return broken;
}

/**
 * Read, verify, infer, count and write one input. Returns what it came to: a refusal in one of our own errors, or a
 * model that passed. Anything else is thrown.
 */
export function survive(bytes: Uint8Array): "refused" | "passed" {
  let model: ReturnType<typeof decodeModel>;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    if (error instanceof MorphError && error.code.startsWith("onnx_")) return "refused";
    throw error;
  }
  const { graph } = model;
  legal(verifyGraph(graph), "after reading");
  encodeModel(model);
  const inferred = inferShapes(graph, { opset: model.opsets[""] ?? 0, bind: () => 2 });
  legal(verifyGraph(inferred.graph), "after inference");
  countCosts(inferred.graph, { lenient: true });
  return "passed";
}

function legal(issues: ReturnType<typeof verifyGraph>, when: string): void {
  const [first] = issues;
  if (first !== undefined) throw new Error(`${when}: ${first.code} at ${first.path}: ${first.received}`);
}
