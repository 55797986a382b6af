/** IDX files, as MNIST and its descendants come, also gzipped: `train-images-idx3-ubyte.gz` and so on. */
import { type ArrayFormat, openArrayFiles } from "./array-files.node.js";
import type { DataOptions, Dataset } from "./dataset.js";
import { IDX_HEADER_BYTES, parseIdxHeader } from "./idx-format.js";

const IDX: ArrayFormat = {
  kind: "idx",
  matches: /[-._]idx\d?([-._]ubyte)?(\.gz)?$/i,
  headerBytes: IDX_HEADER_BYTES,
  parse: parseIdxHeader,
};

export const isIdxName = (name: string): boolean => IDX.matches.test(name);

/** A folder of IDX files, or one file of images beside its labels. Errors: see `openArrayFiles`. */
export function openIdx(path: string, options: DataOptions = {}): Promise<Dataset> {
  return openArrayFiles(path, options, IDX);
}
