import type { Setting } from "../define.js";
import { figure } from "../in-words.js";
import { analyse, type Desk, judge } from "./agents.js";
import type { Analysis, Element } from "./element.js";
import { editsBetween, editsInWords } from "./grammar.js";
import { type Cognition, cognitionInWords, recall } from "./knowledge.js";
import { relativesOf } from "./pool.js";

/**
 * What an experiment shows, written once its result is there: by the model where there is one, else from the figures. It
 * knows of the experiments before it alone, so that a search that is resumed reads the same.
 */
export async function study(
  it: Element,
  before: readonly Element[],
  setting: Setting,
  desk: Desk | undefined,
): Promise<void> {
  const family = relativesOf(it, [...before, it]);
  const plain = byFigures(it, family.parent, setting);
  const cognition = recall(`${it.notes.motivation} ${plain.results} ${plain.mechanism}`);
  it.cognition = cognition.map(cognitionInWords);
  if (desk === undefined) {
    it.analysis = withCognition(plain, cognition);
    return;
  }
  const key = `trial ${it.trial}/result`;
  it.analysis = (await analyse(desk, key, it, family, cognition)) ?? withCognition(plain, cognition);
  const verdict = await judge(desk, key, it, before[0] ?? it);
  if (verdict !== undefined) it.judgement = verdict;
}

/** The analysis that figures alone allow. */
export function byFigures(it: Element, parent: Element | undefined, setting: Setting): Analysis {
  const { measure } = setting;
  const own = figure(it.score, setting);
  if (parent === undefined) {
    return {
      design: `${it.notes.name}, without a parent.`,
      results: `Its ${measure} is ${own}.`,
      expectation: "Nothing was expected of it.",
      mechanism: "There is nothing to compare it with.",
      synthesis: "Its children will show what matters.",
    };
  }
  const edits = editsInWords(editsBetween(parent.genotype, it.genotype));
  const gain = it.score - parent.score;
  const change = gain > 0 ? "better than its parent" : gain < 0 ? "worse than its parent" : "as its parent";
  const overfits =
    it.loss !== undefined && parent.loss !== undefined && gain > 0 && it.loss > parent.loss
      ? " Loss and score disagree: the loss rose."
      : "";
  return {
    design: `Against trial ${parent.trial}: ${edits}.`,
    results: `Its ${measure} is ${own}, ${change} (${figure(parent.score, setting)}).${overfits}`,
    expectation: gain > 0 ? "The edit did what was hoped for." : "The edit did not pay.",
    mechanism: `What differs is ${edits}.`,
    synthesis: gain > 0 ? "Keep the edit; try its neighbours." : "Take the edit back in further designs.",
  };
}

function withCognition(plain: Analysis, [first]: readonly Cognition[]): Analysis {
  if (first === undefined) return plain;
  return { ...plain, mechanism: `${plain.mechanism} The literature: ${cognitionInWords(first)}` };
}
