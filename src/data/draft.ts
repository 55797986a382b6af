/** What a source hands over: records first, in order, then their description. */
import type { InputSpec, Preprocessing, Task } from "./dataset.js";
import type { SplitIndices } from "./split.js";

/** Takes whole records, in order. */
export interface RecordSink {
  write(records: Uint8Array): Promise<void>;
}

/** What a source knows once all its records are written. */
export interface Draft {
  readonly task: Task;
  readonly inputs: readonly InputSpec[];
  readonly preprocessing: Preprocessing;
  /** Of all records, in their order. */
  readonly targets: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  readonly split: SplitIndices;
  readonly notes: readonly string[];
}

/** Asks for room for `count` records; called once, before the first is written. */
export type Begin = (inputs: readonly InputSpec[], count: number) => Promise<RecordSink>;

/** Writes all records to the sink that `begin` returns, then describes them. */
export type Build = (begin: Begin) => Promise<Draft>;
