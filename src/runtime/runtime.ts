import type { Model, Tensor } from "../ir/index.js";

export interface SessionOptions {
  /** Threads of one operator. Default 1: trials run in processes side by side. */
  readonly threads?: number;
  /** Memory is planned and reused between runs (the runtime's arena). Default true. */
  readonly arena?: boolean;
  /**
   * Memory for all values of a run is taken in one block, whose layout is learned in the first run. Default: as
   * `arena`. Training switches it off: the block comes beside what the arena holds already, so the peak is 1.4 to 1.6
   * times as high, and steps are no faster.
   */
  readonly memoryPattern?: boolean;
  /** How far the runtime rewrites the graph. Default "all". */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
}

export type Feeds = Readonly<Record<string, Tensor>>;

/** A model that is ready to run. Dispose of it: native memory is not collected. */
export interface Session extends AsyncDisposable {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** True where it was not created for this call of `load`: see {@link SessionCache}. */
  readonly reused?: boolean;
  /** @param outputs names of what is wanted; all outputs where left out */
  run(feeds: Feeds, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
}

/** What executes graphs. One adapter file a platform. */
export interface Runtime {
  readonly name: string;
  /** From our own model, or from the bytes of an ONNX file. */
  load(model: Model | Uint8Array, options?: SessionOptions): Promise<Session>;
  /**
   * Channels in a block of the layout for which this runtime has convolution kernels of its own (8 or 16, by the
   * processor); undefined where it has none. Training programs are written for it (`blockLayout`).
   */
  blockedChannels?(): Promise<number | undefined>;
}
