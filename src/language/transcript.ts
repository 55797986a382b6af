import { canonicalJson, ExitCode, fail, type Json, messageOf } from "../base/index.js";
import type { Exchange } from "./exchange.js";

/** Exchanges as they happened. What is in it is answered from it: no question is paid twice. */
export interface Transcript {
  /** The exchange of a place and a question; undefined where that was never asked there. */
  find(key: string, hash: string): Exchange | undefined;
  /** Keeps an exchange; it is safe when the promise resolves. */
  add(exchange: Exchange): Promise<void>;
  /** All exchanges, in the order in which they were added. */
  exchanges(): Iterable<Exchange>;
}

/** A transcript in memory; `onAdd` passes on what is new, and ends before the exchange counts. */
export function memoryTranscript(
  from: Iterable<Exchange> = [],
  onAdd?: (exchange: Exchange) => Promise<void>,
): Transcript {
  const byPlace = new Map<string, Exchange>();
  const place = (key: string, hash: string) => `${hash} ${key}`;
  const keep = (it: Exchange) => void byPlace.set(place(it.question.key, it.hash), it);
  for (const it of from) keep(it);
  return {
    find: (key, hash) => byPlace.get(place(key, hash)),
    async add(exchange) {
      await onAdd?.(exchange);
      keep(exchange);
    },
    exchanges: () => byPlace.values(),
  };
}

/** One line of a transcript file (JSON Lines). */
export function toLine(exchange: Exchange): string {
  return `${canonicalJson(exchange)}\n`;
}

/**
 * The exchanges of a transcript file; a last line that was cut off is left out.
 * @throws `transcript_corrupt` naming the line
 */
export function fromLines(text: string, path: string): Exchange[] {
  const lines = text.split("\n");
  const torn = lines.pop() ?? "";
  const found = lines.flatMap((line, i) => (line.trim() === "" ? [] : [parseLine(line, `${path}:${i + 1}`)]));
  if (torn.trim() !== "") {
    try {
      found.push(parseLine(torn, path));
    } catch {
      // Whoever wrote it was cut off: the exchange did not count yet.
    }
  }
  return found;
}

function parseLine(line: string, path: string): Exchange {
  let value: Json;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return corrupt(path, messageOf(error));
  }
  return isExchange(value) ? value : corrupt(path, "something else");
}

function corrupt(path: string, received: string): never {
  return fail(
    "transcript_corrupt",
    {
      path,
      expected: "an exchange with a language model, one a line",
      received,
      hint: "morph show STUDY --transcript writes such files",
    },
    { exitCode: ExitCode.usage },
  );
}

/** Enough to be answered from; a transcript of another version is none. */
export function isExchange(value: unknown): value is Exchange {
  if (typeof value !== "object" || value === null) return false;
  const it = value as Partial<Exchange>;
  const answered = typeof it.answer === "string" || it.answer === null;
  const counted = typeof it.usage?.inputTokens === "number" && typeof it.usage.outputTokens === "number";
  return (
    it.format === "morph.exchange/1" &&
    typeof it.hash === "string" &&
    typeof it.question?.key === "string" &&
    Array.isArray(it.attempts) &&
    answered &&
    counted
  );
}
