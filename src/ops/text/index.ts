import type { OpDefinition } from "../define.js";
import { RegexFullMatch } from "./regex-full-match.js";
import { StringConcat } from "./string-concat.js";
import { StringNormalizer } from "./string-normalizer.js";
import { StringSplit } from "./string-split.js";
import { TfIdfVectorizer } from "./tf-idf-vectorizer.js";

/** Strings, for reading. A new operator is its file and a line here. */
export const TEXT_OPERATORS: readonly OpDefinition[] = [
  RegexFullMatch,
  StringConcat,
  StringNormalizer,
  StringSplit,
  TfIdfVectorizer,
];
