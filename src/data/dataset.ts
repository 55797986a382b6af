/**
 * What a data set is, whatever it came from. Examples stay raw: normalisation is described by
 * {@link Preprocessing} and emitted into the exported graph, so a user feeds raw values to the model.
 */

export type ColumnArray = Uint8Array | Int32Array | Float32Array | BigInt64Array;

/** One model input. `shape` is of one example, without the batch axis. Raw, before any normalisation. */
export interface InputSpec {
  /** `image` for pictures, `numeric` and `categorical` for tables, `x` for plain arrays. */
  readonly name: string;
  readonly dtype: "uint8" | "float32" | "int64";
  readonly shape: readonly number[];
}

/** What is to be predicted. `mean` and `std` are of the training split's target. */
export type Task =
  | { readonly kind: "classification"; readonly classes: readonly string[] }
  | { readonly kind: "regression"; readonly target: string; readonly mean: number; readonly std: number };

/** A numeric column. A missing cell is NaN in the batch. */
export interface NumericColumn {
  readonly name: string;
  readonly mean: number;
  /** Never 0: 1 where the training split has one value only. */
  readonly std: number;
  /** Share of training rows without a value, 0..1. */
  readonly missing: number;
}

/** A column of words. Code 0 = unknown or missing, code i = `categories[i - 1]`. */
export interface CategoricalColumn {
  readonly name: string;
  /** Most frequent first, counted on the training split. */
  readonly categories: readonly string[];
}

/** What a network must do to raw inputs; computed on the training split alone. */
export type Preprocessing =
  | {
      readonly kind: "image";
      readonly channels: number;
      readonly height: number;
      readonly width: number;
      /** Of pixel values 0..255, one a channel. */
      readonly mean: readonly number[];
      readonly std: readonly number[];
      /** Whether horizontal mirroring keeps the class: false for digits. */
      readonly flip: boolean;
      readonly orientation: "NCHW";
    }
  | {
      readonly kind: "table";
      /** Input `numeric`, float32 `[numeric.length]`; absent where the list is empty. */
      readonly numeric: readonly NumericColumn[];
      /** Input `categorical`, int64 `[categorical.length]`; absent where the list is empty. */
      readonly categorical: readonly CategoricalColumn[];
    }
  | {
      readonly kind: "plain";
      /** One a feature where an example is a vector, one in all where it has more axes. */
      readonly mean: readonly number[];
      readonly std: readonly number[];
    };

/** Some examples: per input one array `[length, ...shape]`, and their targets. */
export interface Batch {
  readonly inputs: Readonly<Record<string, ColumnArray>>;
  /** Class indices (Int32Array), or raw target values (Float32Array). */
  readonly target: Int32Array | Float32Array;
  readonly length: number;
}

export interface Split {
  readonly length: number;
  /** Labels of all examples of the split, always in memory. */
  readonly targets: Int32Array | Float32Array;
  /** Examples by position in the split, in the order asked for. Errors: `index_out_of_range`. */
  read(indices: Int32Array | readonly number[], signal?: AbortSignal): Promise<Batch>;
}

export const SPLITS = ["train", "validation", "test"] as const;
export type SplitName = (typeof SPLITS)[number];

/** Examples with a task and three splits. Dispose of it when done: it may hold a file open. */
export interface Dataset extends AsyncDisposable {
  readonly name: string;
  /** SHA-256 of the content: examples, targets, split, preprocessing. */
  readonly hash: string;
  /** Where it came from: a package or a path. */
  readonly source: string;
  readonly task: Task;
  readonly inputs: readonly InputSpec[];
  readonly preprocessing: Preprocessing;
  readonly splits: Readonly<Record<SplitName, Split>>;
  /** Bytes of all inputs. */
  readonly bytes: number;
  /** True where all examples are held in memory. */
  readonly inMemory: boolean;
  /** What was done to the data on the way, e.g. "3 rows without a target dropped". */
  readonly notes: readonly string[];
}

export interface DataOptions {
  /** Column (tables) or array (NPZ) to predict. */
  readonly target?: string;
  /** Overrides the task guessed from the target. */
  readonly task?: "classification" | "regression";
  /** Height and width that images are resized to. */
  readonly imageSize?: number;
  /** Of the split; 0 where not given. */
  readonly seed?: number;
  /** Examples beyond this many bytes stay on disk. Default 1 GiB. */
  readonly memoryBoundBytes?: number;
  /** Folder for packed copies that later openings read in milliseconds. Made where absent. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
  /** Columns of a table to leave out. */
  readonly drop?: readonly string[];
  /** Makes a table a series: this many past values of `target` predict the next one. */
  readonly lags?: number;
  /** Overrides the guess whether mirrored images keep their class. */
  readonly flip?: boolean;
}

/** A name that {@link openDataset} always knows. */
export interface DatasetInfo {
  readonly name: string;
  readonly description: string;
  readonly kind: "image" | "table" | "series";
  readonly task: "classification" | "regression";
  /** The default target; none for images. */
  readonly target?: string;
  /** Examples (rows before any is dropped). */
  readonly examples: number;
}

export const DEFAULT_MEMORY_BOUND_BYTES = 2 ** 30;
