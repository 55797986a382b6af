/** Words of a text in the form in which they are compared: lower case, without endings, without stop words. */

const STOP = new Set(
  (
    "a about above after again all also am among an and any are as at be because been before being below between both but by can " +
    "could did do does doing done down during each either else ever every few for from further get gets given gives had has have " +
    "having he her here hers him his how i if in into is it its itself just kept know less let like made make makes many me " +
    "more most much must my near never no nor not of off on once one only or other others our out over own per " +
    "rather same she should so some such than that the their them themselves then there these they this those through to too " +
    "under until up upon us use used uses using very was we were what when where whether which while who whom whose why will " +
    "with within without would yet you your paper papers system method approach something find show want wants way"
  ).split(" "),
);

/** In order, repeats included. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? [])
    .filter((word) => !STOP.has(word) && (word.length > 1 || /\d/.test(word)))
    .map(stem);
}

/** Endings from long to short: what goes, and what takes its place. A rule applies where enough of the word is left. */
const ENDINGS: readonly (readonly [ending: string, instead: string, left: number])[] = [
  ["isations", "ise", 4],
  ["izations", "ise", 4],
  ["isation", "ise", 4],
  ["ization", "ise", 4],
  ["ational", "ate", 4],
  ["fulness", "", 3],
  ["iveness", "", 3],
  ["ities", "", 3],
  ["ations", "", 4],
  ["ation", "", 4],
  ["ments", "", 4],
  ["ment", "", 4],
  ["ances", "", 4],
  ["ence", "", 4],
  ["ance", "", 4],
  ["able", "", 4],
  ["ible", "", 4],
  ["ness", "", 3],
  ["ions", "", 4],
  ["ally", "", 4],
  ["ing", "", 3],
  ["ies", "y", 2],
  ["ity", "", 4],
  ["ive", "", 4],
  ["ion", "", 4],
  ["ers", "", 4],
  ["ors", "", 5],
  ["ely", "", 4],
  ["ed", "", 3],
  ["er", "", 4],
  ["ly", "", 3],
  ["al", "", 4],
  ["ic", "", 4],
  ["es", "", 4],
  ["or", "", 5],
  ["s", "", 3],
];

/** A light stemmer for English: it joins forms of a word, and is content with stems that are no words. */
export function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  if (word.endsWith("ss")) return word;
  for (const [ending, instead, left] of ENDINGS) {
    if (!word.endsWith(ending) || word.length - ending.length < left) continue;
    return tidy(word.slice(0, -ending.length) + instead);
  }
  return tidy(word);
}

/** Doubled last letters and a silent e go, British and American spellings meet. */
function tidy(word: string): string {
  const single = word.replace(/([bdfgklmnprt])\1$/, "$1").replace(/iz(?=e?$)/, "is");
  const short = single.length > 3 ? single.replace(/[ey]$/, "") : single;
  return short.replace("our", "or");
}
