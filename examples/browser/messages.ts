/** What page and worker say to each other. */

export type Provider = "wasm" | "webgpu";

/** Where the numbers of one contestant come from. */
export interface Figure {
  readonly workload: "mlp" | "cnn";
  readonly contestant: string;
  /** Steps of a mini-batch in a second; absent where it cannot do the workload. */
  readonly stepsPerSecond?: number;
  readonly steps?: number;
  readonly note?: string;
}

export type ToWorker =
  | { readonly kind: "train"; readonly provider: Provider; readonly epochs: number; readonly seed: number }
  | { readonly kind: "stop" }
  | { readonly kind: "classify"; readonly id: number; readonly pixels: Uint8Array }
  | { readonly kind: "export" }
  | { readonly kind: "compare"; readonly seconds: number };

export type FromWorker =
  | {
      readonly kind: "ready";
      readonly threads: number;
      readonly isolated: boolean;
      readonly adapter: string | undefined;
      readonly examples: Readonly<Record<"train" | "validation" | "test", number>>;
      readonly batchSize: number;
      /** Some digits to show, 28 × 28 bytes each, with their labels. */
      readonly sample: Uint8Array;
    }
  | { readonly kind: "started"; readonly stepsPerEpoch: number; readonly params: number }
  | {
      readonly kind: "progress";
      readonly step: number;
      /** Losses of the steps since the last message. */
      readonly losses: Float32Array;
      readonly stepsPerSecond: number;
    }
  | { readonly kind: "epoch"; readonly step: number; readonly epoch: number; readonly accuracy: number }
  | {
      readonly kind: "trained";
      readonly stopped: boolean;
      readonly testAccuracy: number;
      readonly mistakes: readonly Mistake[];
      readonly seconds: number;
    }
  | {
      readonly kind: "classified";
      readonly id: number;
      readonly probabilities: Float32Array;
      readonly ms: number;
    }
  | { readonly kind: "file"; readonly blob: Blob }
  | { readonly kind: "figure"; readonly figure: Figure }
  | { readonly kind: "compared" }
  | { readonly kind: "failed"; readonly message: string };

/** A test digit that the network gets wrong. */
export interface Mistake {
  readonly pixels: Uint8Array;
  readonly truth: number;
  readonly answer: number;
}
