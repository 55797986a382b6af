import { type Issue, issue } from "../base/index.js";
import { allNodes, type Model } from "../ir/index.js";

/** Operator sets of `ai.onnx` that this package reads as they are meant. */
export const OLDEST_OPSET = 13;
/** The newest one that ONNX Runtime 1.30 takes; a test asks the runtime. */
export const NEWEST_OPSET = 26;
/** The newest version of the file format that ONNX Runtime 1.30 takes; a test asks the runtime. */
export const NEWEST_IR_VERSION = 13;

/** First operator set of each version of the file format (the specification's table of releases). */
const IR_VERSION_SINCE: readonly (readonly [opset: number, irVersion: number])[] = [
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
];

/** The version of the file format that came with an operator set: what to write for it. */
export function irVersionOf(opset: number): number {
  return IR_VERSION_SINCE.find(([since]) => opset >= since)?.[1] ?? 7;
}

/**
 * Whether the operators of a model mean what this package takes them to mean, and whether the runtime
 * takes the file. An issue names the version and the way to another one.
 */
export function checkOpset(model: Model): Issue | undefined {
  const opset = model.opsets[""];
  if (opset === undefined) {
    for (const node of allNodes(model.graph)) {
      if (node.domain !== "") continue;
      return issue("opset_missing", {
        path: "opset_import",
        expected: `an operator set of ai.onnx, which ${node.opType} needs`,
        received: "none",
        hint: "export the model again, with an opset version",
      });
    }
  } else if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    return issue("opset_unsupported", {
      path: "opset_import",
      expected: `operator set ${OLDEST_OPSET} to ${NEWEST_OPSET} of ai.onnx`,
      received: `${opset}`,
      hint: `export the model with opset ${opset < OLDEST_OPSET ? OLDEST_OPSET : NEWEST_OPSET}, or convert it with onnx.version_converter`,
    });
  }
  if (model.irVersion > NEWEST_IR_VERSION) {
    return issue("ir_version_unsupported", {
      path: "ir_version",
      expected: `at most ${NEWEST_IR_VERSION}`,
      received: `${model.irVersion}`,
      hint: "set the model's irVersion lower before writing, where it uses nothing newer",
    });
  }
  return undefined;
}
