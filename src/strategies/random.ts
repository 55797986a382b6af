import { sample } from "../schema/index.js";
import { defineStrategy } from "./define.js";

/** Independent draws from the space, by its own weights (Bergstra & Bengio 2012). */
export const random = defineStrategy({
  name: "random",
  description: "independent draws by the space's own weights",
  options: {},
  start: () => null,
  tell: (state) => state,
  ask: (_, { schema, rng }) => ({ genotype: sample(schema, rng), origin: "random" }),
});
