/** `morph train`: one architecture on your data. */
import type { CommandSpec } from "./command.js";
import { loadRoom } from "./study-port.js";

export const train: CommandSpec = {
  name: "train",
  summary: "train one architecture on your data",
  examples: [["morph train resnet20 --data mnist --epochs 5", "one of the zoo"]],
  arguments: [{ name: "<architecture>", description: "a name of the zoo" }],
  async run() {
    await loadRoom<unknown>("../zoo/index.js", "train");
    return 1;
  },
};
