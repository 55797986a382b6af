import { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { Graph, type Model, Value } from "../ir/index.js";
import {
  checkOpset,
  encodeModel,
  irVersionOf,
  NEWEST_IR_VERSION,
  NEWEST_OPSET,
  OLDEST_OPSET,
} from "./index.js";

function relu(opset: number, irVersion: number): Model {
  const x = Value.of("x", "float32", [2]);
  const y = Value.of("y", "float32", [2]);
  const node = { opType: "Relu", domain: "", name: "", inputs: [x], outputs: [y], attributes: {} };
  const graph = new Graph({ name: "g", inputs: [x], outputs: [y], initializers: [], nodes: [node] });
  return { graph, opsets: { "": opset }, irVersion, metadata: {} };
}

async function runs(model: Model): Promise<boolean> {
  const session = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 4 }).catch(
    () => undefined,
  );
  await session?.release();
  return session !== undefined;
}

test("the bounds are the runtime's", async () => {
  for (let opset = OLDEST_OPSET; opset <= NEWEST_OPSET; opset++) {
    const model = relu(opset, irVersionOf(opset));
    expect([opset, await runs(model)]).toEqual([opset, true]);
    expect(checkOpset(model)).toBeUndefined();
  }
  expect(await runs(relu(NEWEST_OPSET + 1, NEWEST_IR_VERSION))).toBe(false);
  expect(await runs(relu(NEWEST_OPSET, NEWEST_IR_VERSION + 1))).toBe(false);
});

test("what lies outside is an issue that says what to do", () => {
  expect(checkOpset(relu(11, 6))).toMatchObject({ code: "opset_unsupported", received: "11" });
  expect(checkOpset(relu(NEWEST_OPSET + 1, 8))).toMatchObject({ code: "opset_unsupported" });
  expect(checkOpset(relu(17, NEWEST_IR_VERSION + 1))).toMatchObject({ code: "ir_version_unsupported" });
  expect(checkOpset({ ...relu(17, 8), opsets: {} })).toMatchObject({ code: "opset_missing" });
});
