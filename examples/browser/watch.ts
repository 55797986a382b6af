import type { Runtime } from "morphospace/browser";

/** Steps of one run of a training program: their losses, and how long the run took. */
export interface Slice {
  readonly losses: Float32Array;
  readonly ms: number;
}

/** A runtime that also tells of each run that trains. */
export function watched(runtime: Runtime, onSlice: (slice: Slice) => void): Runtime {
  return {
    ...runtime,
    async load(model, options) {
      const session = await runtime.load(model, options);
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        async run(feeds, outputs) {
          const began = performance.now();
          const results = await session.run(feeds, outputs);
          const losses = results.losses?.data;
          if (losses instanceof Float32Array) onSlice({ losses, ms: performance.now() - began });
          return results;
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}
