import type { Issue, Json } from "../base/index.js";

/**
 * Everything that happens in a study. The log of these is the study; every other view is a fold over it
 * ({@link replay}) and may be thrown away. Payloads are plain JSON: a number that is not finite is refused.
 */
export type StudyEvent =
  /** The whole configuration: space, strategy, limits, seed, data hash, versions. Always the first event. */
  | { readonly kind: "created"; readonly config: Json }
  /** A trial and its genotype, written before any work on it. Its number is its own for ever. */
  | {
      readonly kind: "asked";
      readonly trial: number;
      readonly genotype: Json;
      /** Identity of the architecture that the genotype builds. */
      readonly hash: string;
      /** The trial that this one was derived from. */
      readonly parent?: number;
      /** The strategy's word for where it came from: `random`, `mutation`. */
      readonly origin: string;
      /** What is known without training. Numbers under `params`, `macs` and `latencyMs` can be sorted by. */
      readonly static: Json;
    }
  /** Candidates that a limit refused before training: counted, never numbered. */
  | {
      readonly kind: "rejected";
      readonly count: number;
      /** Limit to number of candidates that it refused. */
      readonly reasons: Readonly<Record<string, number>>;
      /** The smallest candidate seen so far; a later event replaces it. */
      readonly smallest: Json;
    }
  /** A worker begins a rung of a trial. Attempts count from 1 within the rung. */
  | {
      readonly kind: "started";
      readonly trial: number;
      readonly attempt: number;
      readonly rung: number;
      readonly worker: string;
    }
  /** A point of the learning curve; the last one of a (trial, rung, epoch) holds. */
  | {
      readonly kind: "reported";
      readonly trial: number;
      readonly rung: number;
      readonly epoch: number;
      readonly metrics: Json;
    }
  /** A rung of a trial has finished. Counts once: what comes later for the same (trial, rung) is dropped. */
  | {
      readonly kind: "told";
      readonly trial: number;
      readonly rung: number;
      readonly metrics: Json;
      /** What the study ranks by, higher is better. The score of a trial's highest rung is the trial's score. */
      readonly score?: number;
      /** File of the state to continue from, relative to the study's directory. */
      readonly checkpoint?: string;
      /** True where no rung follows. Without it the trial waits for a promotion until the study finishes. */
      readonly done?: boolean;
    }
  /** The trial is over, for a cause that arose in a rung not yet told. Its earlier rungs stay; it is never the best. */
  | { readonly kind: "failed"; readonly trial: number; readonly rung: number; readonly error: Issue }
  /** The work on a rung was lost and begins anew; `attempt` is the number of the attempt to come. */
  | {
      readonly kind: "requeued";
      readonly trial: number;
      readonly rung: number;
      readonly attempt: number;
      readonly reason: string;
    }
  /** The winner, trained to the end, exported and measured again. Once a trial; the latest is the study's. */
  | { readonly kind: "final"; readonly trial: number; readonly result: Json }
  /** A question to a language model and what came of it; its place in the search is part of it. Paid once. */
  | { readonly kind: "exchanged"; readonly exchange: Json }
  | { readonly kind: "interrupted"; readonly reason: string }
  | { readonly kind: "resumed" }
  | { readonly kind: "finished"; readonly reason: string };

export type EventKind = StudyEvent["kind"];

/** Events that say no result: a search that has lost them does the same again. */
export const REPEATABLE: ReadonlySet<EventKind> = new Set(["asked", "rejected", "started", "reported"]);

/** An event in its place in the log. */
export interface StoredEvent {
  /** 1, 2, 3, ... within the study, without gaps. */
  readonly seq: number;
  /** Wall clock when it was written, in milliseconds since 1970. For display only. */
  readonly atMs: number;
  readonly event: StudyEvent;
}
