/** `morph inspect`: what an ONNX file is made of and what it costs to run. */
import type { CommandSpec } from "./command.js";
import { loadRoom } from "./study-port.js";

export const inspect: CommandSpec = {
  name: "inspect",
  summary: "what an ONNX file is made of and what it costs to run",
  examples: [
    ["morph inspect model.onnx", "operators, parameters, MACs, memory, measured latency"],
    ["morph inspect model.onnx --json", "as JSON"],
  ],
  arguments: [{ name: "<model>", description: "an ONNX file" }],
  async run() {
    await loadRoom<unknown>("../onnx/index.js", "inspect");
    return 1;
  },
};
