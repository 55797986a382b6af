import { formatIssue, type Issue, issue, type Json } from "../../base/index.js";
import { converse, type Language, type Message } from "../../language/index.js";
import type { Schema } from "../../schema/index.js";
import type { Setting } from "../define.js";
import type { Design, Designs } from "../designs.js";
import { answerSchema, figure, searchInWords } from "../in-words.js";
import type { Analysis, Element } from "./element.js";
import { JUDGEMENT_WEIGHTS } from "./fitness.js";
import { type Cognition, cognitionInWords } from "./knowledge.js";
import type { Ranked } from "./pool.js";

/** What all roles share: the model, the space in words, and where in the search they speak. */
export interface Desk {
  readonly language: Language;
  readonly schema: Schema<unknown>;
  readonly setting: Setting;
  readonly seed: number;
  readonly tries: number;
  readonly signal?: AbortSignal;
}

const TEXT: Json = { type: "string" };
const LONGEST = 1_200;

/** The researcher's proposal. */
export interface Proposed extends Design {
  readonly name: string;
  readonly motivation: string;
}

/** A verdict on whether an idea was had before. */
export interface Novelty {
  readonly repeated: boolean;
  readonly reason: string;
}

/**
 * The summarizer: motivation, analysis and cognition of each member of the context, put freshly into a paragraph each time.
 * Departure: one question for all of them, where the authors ask one each. Empty where the model gives none.
 */
export async function summarize(
  desk: Desk,
  key: string,
  elements: readonly Element[],
): Promise<readonly string[]> {
  const { value } = await ask<{ readonly summaries: readonly string[] }>(desk, key, "summaries", {
    schema: fields({
      summaries: { type: "array", items: TEXT, minItems: elements.length, maxItems: elements.length },
    }),
    system: "You summarise experiments on neural architectures for a researcher who plans the next one.",
    user: `Write one paragraph on each of these ${elements.length} experiments, in their order: the idea, what was found, what follows for the next design.\n\n${elements.map((it, i) => `${i + 1}. ${elementInWords(it, desk.setting)}`).join("\n\n")}`,
    accept: (answer) => {
      const { summaries } = asRecord(answer);
      return isTexts(summaries) && summaries.length === elements.length
        ? { summaries }
        : issue("answer_schema", { path: "summaries", expected: `${elements.length} texts` });
    },
  });
  return value?.summaries ?? [];
}

export interface Context {
  readonly parent: Ranked;
  readonly references: readonly Ranked[];
  readonly summaries: readonly string[];
  readonly cognition: readonly Cognition[];
  /** Motivations that a proposal before this one repeated. */
  readonly repeated: readonly string[];
}

/**
 * The researcher, and the engineer behind it: a whole new architecture and its motivation; what the engineer's checks find wrong
 * with it (not a point of the space, cannot be built, over a limit, reads the future, tried before) is given back for repair.
 */
export async function design(
  desk: Desk,
  key: string,
  { parent, references, summaries, cognition, repeated }: Context,
  designs: Designs,
): Promise<{ readonly value?: Proposed; readonly refusals: readonly Issue[] }> {
  const { schema, setting } = desk;
  const members = [parent, ...references];
  const shown = members.map(({ element, fitness }, i) => {
    const summary = summaries[i] ?? element.notes.motivation;
    return `${i === 0 ? "Parent" : `Reference ${i}`}: trial ${element.trial}, ${setting.measure} ${figure(element.score, setting)}, fitness ${fitness.toFixed(3)}\nArchitecture: ${JSON.stringify(element.genotype)}\n${cut(summary)}`;
  });
  const apart =
    repeated.length === 0
      ? ""
      : `\n\nThese ideas were had already. Move to another principle altogether:\n${repeated.map((it) => `- ${cut(it)}`).join("\n")}`;
  return ask<Proposed>(desk, key, "design", {
    schema: answerSchema(schema, { name: TEXT, motivation: TEXT }),
    system:
      "You are a researcher who discovers neural architectures. You change a parent design by one clear idea, say why, and give the whole new architecture.",
    user: `${searchInWords(schema, setting)}\n\n${shown.join("\n\n")}\n\nFrom the literature:\n${cognition.map((it) => `- ${cognitionInWords(it)}`).join("\n") || "- nothing that applies"}${apart}\n\nPropose a child of the parent: a short name, the motivation (problem, idea, expected effect), and the whole architecture. Drop what does not help, keep what does.`,
    accept: async (answer) => {
      const { name, motivation, architecture } = asRecord(answer);
      if (typeof name !== "string" || typeof motivation !== "string" || motivation.trim() === "")
        return issue("answer_schema", { path: "motivation", expected: "a name and a motivation" });
      const checked = await designs.check(architecture, desk.signal);
      return "genotype" in checked
        ? { ...checked, name: cut(name, 80), motivation: cut(motivation) }
        : checked;
    },
  });
}

/**
 * The novelty judge: is a motivation one of the five nearest again? Conservative: only where problem, approach, scope and
 * contribution all coincide. A judge that says nothing usable stops nothing.
 */
export async function judgeNovelty(
  desk: Desk,
  key: string,
  motivation: string,
  nearest: readonly string[],
): Promise<Novelty> {
  if (nearest.length === 0) return { repeated: false, reason: "" };
  const { value } = await ask<Novelty>(desk, key, "novelty", {
    schema: fields({
      is_repeated: { type: "boolean" },
      repeated_index: {
        type: "array",
        items: { type: "integer", minimum: 1, maximum: nearest.length },
        maxItems: nearest.length,
      },
      reason: TEXT,
    }),
    system:
      "You judge whether a research idea repeats an earlier one. Only where the problem, the approach, the scope and the contribution all coincide it does.",
    user: `The idea:\n${cut(motivation)}\n\nEarlier ideas:\n${nearest.map((it, i) => `${i + 1}. ${cut(it)}`).join("\n")}`,
    accept: (answer) => {
      const { is_repeated: repeated, reason } = asRecord(answer);
      return typeof repeated === "boolean"
        ? { repeated, reason: typeof reason === "string" ? cut(reason) : "" }
        : issue("answer_schema", { path: "is_repeated", expected: "true or false" });
    },
  });
  return value ?? { repeated: false, reason: "the judge gave no verdict" };
}

export interface Family {
  readonly parent?: Element;
  readonly grandparent?: Element;
  readonly siblings: readonly Element[];
}

/** The analyst: five texts on an experiment, its relatives as an ablation, and what the literature says to it. */
export async function analyse(
  desk: Desk,
  key: string,
  it: Element,
  family: Family,
  cognition: readonly Cognition[],
): Promise<Analysis | undefined> {
  const { setting } = desk;
  const relatives = [
    ...(family.parent ? [`Parent: ${elementInWords(family.parent, setting)}`] : []),
    ...(family.grandparent ? [`Grandparent: ${elementInWords(family.grandparent, setting)}`] : []),
    ...family.siblings.map((sibling) => `Sibling: ${elementInWords(sibling, setting)}`),
  ];
  const names = ["design", "results", "expectation", "mechanism", "synthesis"] as const;
  const { value } = await ask<Analysis>(desk, key, "analysis", {
    schema: fields(Object.fromEntries(names.map((name) => [name, TEXT]))),
    system:
      "You analyse experiments on neural architectures. Figures first; no claim that they do not carry.",
    user: `${elementInWords(it, setting)}\n\n${relatives.join("\n\n") || "It has no relatives yet."}\n\nFrom the literature:\n${cognition.map((c) => `- ${cognitionInWords(c)}`).join("\n") || "- nothing that applies"}\n\nWrite one text each: design (what was changed), results (figures against the relatives), expectation (against what the motivation expected), mechanism (why), synthesis (what to do next).`,
    accept: (answer) => {
      const record = asRecord(answer);
      const missing = names.find((name) => typeof record[name] !== "string");
      if (missing !== undefined) return issue("answer_schema", { path: missing, expected: "a text" });
      const text = (name: (typeof names)[number]) => cut(String(record[name]));
      return {
        design: text("design"),
        results: text("results"),
        expectation: text("expectation"),
        mechanism: text("mechanism"),
        synthesis: text("synthesis"),
      };
    },
  });
  return value;
}

/** The judge of the fitness: performance, innovation and complexity from 1 to 10, the first element at 5. */
export async function judge(
  desk: Desk,
  key: string,
  it: Element,
  first: Element,
): Promise<number | undefined> {
  const { setting } = desk;
  const mark: Json = { type: "integer", minimum: 1, maximum: 10 };
  const { value } = await ask<{ readonly verdict: number }>(desk, key, "judgement", {
    schema: fields({ performance: mark, innovation: mark, complexity: mark }),
    system:
      "You mark neural architectures from 1 to 10 for performance, innovation and complexity (10: as simple and cheap as can be). Be strict: the first design of the search has 5 in each.",
    user: `First design: ${elementInWords(first, setting)}\n\nTo be marked: ${elementInWords(it, setting)}`,
    accept: (answer) => {
      const record = asRecord(answer);
      let verdict = 0;
      for (const [name, weight] of Object.entries(JUDGEMENT_WEIGHTS)) {
        const value = record[name];
        if (typeof value !== "number" || !(value >= 1 && value <= 10))
          return issue("answer_schema", { path: name, expected: "a number from 1 to 10" });
        verdict += weight * value;
      }
      return { verdict };
    },
  });
  return value?.verdict;
}

interface Role<T> {
  readonly schema: Json;
  readonly system: string;
  readonly user: string;
  accept(answer: Json): T | Issue | Promise<T | Issue>;
}

async function ask<T extends object>(
  { language, seed, tries, signal }: Desk,
  key: string,
  name: string,
  { schema, system, user, accept }: Role<T>,
) {
  const messages: readonly Message[] = [
    {
      role: "system",
      content: `${system} Answer with one JSON object that conforms to the schema, and nothing else.`,
    },
    {
      role: "user",
      content: `${user}\n\nJSON Schema of the answer's fields: ${JSON.stringify(outline(schema))}`,
    },
  ];
  return converse<T>(
    language,
    { key: `${key}/${name}`, name, schema, seed, messages, tries, accept },
    signal,
  );
}

/** The form of an answer without the architecture's own schema, which the prompt has elsewhere. */
function outline(schema: Json): Json {
  const { properties, required } = asRecord(schema);
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(asRecord(properties ?? {})).map(([name, it]) => [
        name,
        name === "architecture" ? {} : it,
      ]),
    ),
    required: required ?? [],
  };
}

function fields(properties: { readonly [key: string]: Json }): Json {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

function elementInWords({ trial, notes, score, genotype, analysis }: Element, setting: Setting): string {
  const found = analysis === undefined ? "" : `\nFindings: ${analysis.results} ${analysis.synthesis}`;
  return cut(
    `trial ${trial}, ${notes.name}: ${setting.measure} ${figure(score, setting)}\nDesign: ${JSON.stringify(genotype)}\nMotivation: ${notes.motivation}${found}`,
    4 * LONGEST,
  );
}

export function cut(text: string, most = LONGEST): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Why a model's answers could not be used, in a line. */
export function reasonOf(refusals: readonly Issue[]): string {
  const last = refusals.at(-1);
  return last === undefined ? "no answer" : cut(formatIssue(last), 300);
}

function asRecord(value: Json): { readonly [key: string]: Json } {
  const plain = typeof value === "object" && value !== null && !Array.isArray(value);
  return plain ? (value as { readonly [key: string]: Json }) : {};
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((it) => typeof it === "string");
}
