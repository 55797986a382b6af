import { fail } from "../base/index.js";
import { type Model, type Tensor, verifyGraph } from "../ir/index.js";
import { decodeModel } from "../onnx/portable.js";
import { refOf, tensorOf } from "../ops/index.js";
import { runtimeError } from "./native.js";
import { interpret } from "./reference.js";
import type { Feeds, Runtime, Session } from "./runtime.js";

/**
 * The reference interpreter as a runtime: float64 within, slow, everywhere. For tests, and where one wants to know
 * what a model means rather than what a kernel makes of it.
 */
export const referenceRuntime: Runtime = {
  name: "reference",
  async load(model) {
    const decoded = model instanceof Uint8Array ? decodeModel(model) : model;
    const [problem] = verifyGraph(decoded.graph);
    if (problem !== undefined) fail("runtime_load", problem);
    return new ReferenceSession(decoded);
  },
};

class ReferenceSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private released = false;

  constructor(private readonly model: Model) {
    const weights = new Set(model.graph.initializers);
    this.inputNames = model.graph.inputs.filter((v) => !weights.has(v)).map((v) => v.name);
    this.outputNames = model.graph.outputs.map((v) => v.name);
  }

  async run(feeds: Feeds, outputs = this.outputNames): Promise<Record<string, Tensor>> {
    if (this.released) fail("session_released", { hint: "the session was disposed of before this run" });
    const { graph, opsets } = this.model;
    const wanted = graph.outputs.filter((v) => outputs.includes(v.name));
    this.checkFeeds(feeds);
    try {
      const given = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, refOf(t)]));
      const results = interpret(graph.with({ outputs: wanted }), given, { opset: opsets[""] ?? 0 });
      return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, tensorOf(t)]));
    } catch (error) {
      throw runtimeError("runtime_run", error);
    }
  }

  /** Shapes as the graph declares them: operators trust that inference has seen them. */
  private checkFeeds(feeds: Feeds): void {
    for (const input of this.model.graph.inputs) {
      const feed = feeds[input.name];
      if (feed === undefined || input.type?.kind !== "tensor" || input.type.shape === undefined) continue;
      const { shape } = input.type;
      const fits =
        feed.dims.length === shape.length &&
        shape.every((d, i) => typeof d === "string" || d === feed.dims[i]);
      if (fits && feed.dtype === input.type.dtype) continue;
      fail("runtime_run", {
        path: input.name,
        expected: `${input.type.dtype} [${shape.join(", ")}]`,
        received: `${feed.dtype} [${feed.dims.join(", ")}]`,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.released = true;
  }
}
