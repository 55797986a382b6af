import { type Issue, issue, type Json, messageOf } from "../base/index.js";
import type { Exchange } from "./exchange.js";

/** The JSON of an answer, or why there is none. */
export type Read = { readonly value: Json } | { readonly issue: Issue };

const SHOWN = 120;

/**
 * Read the answer of an exchange as JSON. A code fence around it is taken off, as are thoughts before it;
 * anything else beside it is refused: figures are never picked out of prose.
 */
export function readAnswer({ answer, finish, problem }: Exchange): Read {
  if (problem !== undefined) return { issue: problem };
  const text = bare(answer ?? "");
  if (finish === "content-filter") return refused(text);
  if (text === "")
    return { issue: issue("answer_empty", { expected: "a JSON object", received: "nothing" }) };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (finish === "length") {
      return {
        issue: issue("answer_truncated", {
          expected: "a whole JSON object",
          received: `one that was cut off after ${text.length} characters`,
          hint: "answer more briefly",
        }),
      };
    }
    if (!/[{[]/.test(text)) return refused(text);
    return {
      issue: issue("answer_not_json", { expected: "one JSON object alone", received: messageOf(error) }),
    };
  }
}

function refused(text: string): Read {
  const received = text === "" ? "a refusal" : `prose: ${shown(text)}`;
  return { issue: issue("answer_refusal", { expected: "a JSON object", received }) };
}

/** An answer's beginning, on one line. */
export function shown(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** Without the thoughts that some models write before the answer, and without a code fence around it. */
function bare(text: string): string {
  const trimmed = text.replace(/^\s*<think>[\s\S]*?<\/think>/, "").trim();
  return /^```(?:json)?\s*\n([\s\S]*?)\n?```$/.exec(trimmed)?.[1]?.trim() ?? trimmed;
}
