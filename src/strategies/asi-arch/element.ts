import type { Json } from "../../base/index.js";
import type { Scored } from "../define.js";

/** What is noted down when a design is proposed, and comes back with its result. */
export interface DesignNotes {
  readonly name: string;
  readonly motivation: string;
  /** Who proposed it: the model, or the grammar; and why not the model, where it should have been. */
  readonly by: "model" | "grammar" | "root";
  readonly fallback?: string;
  readonly parent?: number;
  readonly references: readonly number[];
  /** What the engineer found: costs, and whether outputs depend on later inputs. */
  readonly checks?: { readonly costs: string; readonly causality: string };
}

/** Five texts on an experiment (the analyst's). */
export interface Analysis {
  readonly design: string;
  readonly results: string;
  readonly expectation: string;
  readonly mechanism: string;
  readonly synthesis: string;
}

/** An experiment with all that is known of it: a record of the data base. */
export interface Element {
  readonly trial: number;
  /** Place in the order of results, from 1. */
  readonly index: number;
  readonly genotype: unknown;
  readonly notes: DesignNotes;
  /** Changes where the trial is told again at a higher rung. */
  score: number;
  loss?: number;
  analysis?: Analysis;
  judgement?: number;
  /** Statements of the knowledge base that its results called up. */
  cognition: readonly string[];
}

export function elementOf({ trial, genotype, score, loss, notes }: Scored, index: number): Element {
  const it: Element = { trial, index, genotype, notes: notesOf(notes), score, cognition: [] };
  if (loss !== undefined) it.loss = loss;
  return it;
}

/** Notes as they were written; trials of other origin (a named start, say) have none. */
export function notesOf(json: Json | undefined): DesignNotes {
  if (typeof json === "object" && json !== null && "motivation" in json) {
    const notes: unknown = json;
    return notes as DesignNotes;
  }
  return { name: "start", motivation: "A point that the search began with.", by: "root", references: [] };
}
