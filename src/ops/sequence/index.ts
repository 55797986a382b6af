import type { OpDefinition } from "../define.js";
import { ConcatFromSequence } from "./concat-from-sequence.js";
import { Optional } from "./optional.js";
import { OptionalGetElement } from "./optional-get-element.js";
import { OptionalHasElement } from "./optional-has-element.js";
import { SequenceAt } from "./sequence-at.js";
import { SequenceConstruct } from "./sequence-construct.js";
import { SequenceEmpty } from "./sequence-empty.js";
import { SequenceErase } from "./sequence-erase.js";
import { SequenceInsert } from "./sequence-insert.js";
import { SequenceLength } from "./sequence-length.js";
import { SequenceMap } from "./sequence-map.js";
import { SplitToSequence } from "./split-to-sequence.js";

/** Sequences and optional values, for reading. A new operator is its file and a line here. */
export const SEQUENCE_OPERATORS: readonly OpDefinition[] = [
  ConcatFromSequence,
  Optional,
  OptionalGetElement,
  OptionalHasElement,
  SequenceAt,
  SequenceConstruct,
  SequenceEmpty,
  SequenceErase,
  SequenceInsert,
  SequenceLength,
  SequenceMap,
  SplitToSequence,
];
