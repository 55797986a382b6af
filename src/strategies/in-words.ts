import type { Json } from "../base/index.js";
import { decisions, formatDecision, formatSize, type Schema, size, toJsonSchema } from "../schema/index.js";
import type { Setting, StrategyTools } from "./define.js";

/** What strategies that reason in words say of a search where nobody told them more. */
const PLAIN: Setting = {
  task: "Find the architecture with the highest score.",
  space: "",
  measure: "score",
  scale: 1,
  limits: [],
};

export function settingOf(tools: StrategyTools): Setting {
  return tools.setting ?? PLAIN;
}

/** A score in the measure of the setting, rounded half up to three decimals. */
export function figure(score: number, { scale }: Setting): string {
  return (Math.round(score * scale * 1000) / 1000).toFixed(3);
}

/** Longest JSON Schema that stands in a prompt; a longer one is sent as the form of the answer alone. */
const LONGEST_SCHEMA = 12_000;

/** The same schema is described before every question. */
const WORDS = new WeakMap<Schema<unknown>, WeakMap<Setting, string>>();

/** Task, decisions, wiring, limits: all that a model is told before the first figure. */
export function searchInWords(schema: Schema<unknown>, setting: Setting): string {
  const known = WORDS.get(schema) ?? new WeakMap<Setting, string>();
  const words = known.get(setting) ?? describe(schema, setting);
  WORDS.set(schema, known.set(setting, words));
  return words;
}

function describe(schema: Schema<unknown>, setting: Setting): string {
  const json = JSON.stringify(withoutHeader(toJsonSchema(schema)));
  const parts = [
    `Task\n${setting.task}`,
    `Search space: ${formatSize(size(schema))} architectures\n${setting.space}`.trim(),
    `Decisions (path, then what may be chosen)\n${decisions(schema).map(formatDecision).join("\n")}`,
    ...(setting.wiring === undefined ? [] : [`How the decisions make a network\n${setting.wiring}`]),
    ...(json.length > LONGEST_SCHEMA ? [] : [`JSON Schema of an architecture\n${json}`]),
    ...(setting.limits.length === 0
      ? []
      : [`Limits that no architecture may break\n${setting.limits.map((it) => `- ${it}`).join("\n")}`]),
  ];
  return parts.join("\n\n");
}

const SCHEMAS = new WeakMap<Schema<unknown>, { readonly [key: string]: Json }>();

/** JSON Schema of an answer that holds an architecture of the space beside other fields. */
export function answerSchema(schema: Schema<unknown>, fields: Readonly<Record<string, Json>>): Json {
  const json = SCHEMAS.get(schema) ?? withoutHeader(toJsonSchema(schema));
  SCHEMAS.set(schema, json);
  const { $defs, ...architecture } = json;
  return {
    type: "object",
    properties: { ...fields, architecture },
    required: [...Object.keys(fields), "architecture"],
    additionalProperties: false,
    ...($defs !== undefined && { $defs }),
  };
}

function withoutHeader({ $schema: _, ...rest }: { readonly [key: string]: Json }): {
  readonly [key: string]: Json;
} {
  return rest;
}
