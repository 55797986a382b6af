/** What the displays know of a running search: the fold of its events and the newest status. */
import { formatIssue } from "../base/index.js";
import type { StudyProgress, StudyStatus } from "../study/index.js";
import { costParts, formatScore, formatShare, metricName } from "./score.js";
import { formatDuration } from "./units.js";

export interface Progress {
  readonly status: StudyStatus;
  /** Best score after each finished rung, the newest last. */
  readonly bestSoFar: readonly number[];
  /** Training of the winner, once it has begun. */
  readonly final?: { readonly networks: number; readonly epochs: number; readonly epoch: number };
}

/** Collects events; `status` is asked for at each of them. */
export class ProgressFold {
  readonly #bestSoFar: number[] = [];
  /** Finalists by trial: epochs that they get, and those that are done. */
  readonly #finals = new Map<number, { epochs: number; epoch: number }>();
  readonly #status: () => StudyStatus;

  constructor(status: () => StudyStatus) {
    this.#status = status;
  }

  /** The lines that are worth keeping on a screen or in a log. */
  take(event: StudyProgress): string[] {
    switch (event.type) {
      case "opened":
        return [openedLine(event), ...shortenedLine(event)];
      case "note":
        return [event.text];
      case "rung": {
        const { best, metric } = this.#status();
        if (best === null) return [];
        const before = this.#bestSoFar.at(-1);
        this.#bestSoFar.push(best.valAccuracy);
        if (before !== undefined && best.valAccuracy <= before) return [];
        const costs = costParts(best.costs).join(", ");
        return [
          `best ${metricName(metric)} ${formatScore(best.valAccuracy, metric)}: trial ${best.trial}, ${costs}`,
        ];
      }
      case "failed":
        return [
          `trial ${event.trial} failed: ${formatIssue(event.error)}${event.willRetry ? " (tried again)" : ""}`,
        ];
      case "final":
        this.#finals.set(event.trial, { epochs: event.epochs, epoch: 0 });
        return [`training trial ${event.trial} to the end: ${event.epochs} more epochs`];
      case "epoch": {
        const final = this.#finals.get(event.trial);
        if (final !== undefined) final.epoch++;
        return [];
      }
      default:
        return [];
    }
  }

  get progress(): Progress {
    const finals = [...this.#finals.values()];
    const sum = (key: "epochs" | "epoch") => finals.reduce((total, it) => total + it[key], 0);
    const final =
      finals.length === 0
        ? undefined
        : { networks: finals.length, epochs: sum("epochs"), epoch: sum("epoch") };
    return { status: this.#status(), bestSoFar: this.#bestSoFar, final };
  }
}

function openedLine(event: Extract<StudyProgress, { type: "opened" }>): string {
  const total = event.total === null ? "until the time is up" : `${event.total} trials`;
  const workers = event.workers === 1 ? "1 worker" : `${event.workers} workers`;
  const before = event.resumed ? `, resumed after ${event.trialsBefore}` : "";
  return `study ${event.study}: ${total}${before}, ${workers}`;
}

/** That epochs are no passes through the data. */
function shortenedLine({ shortened }: Extract<StudyProgress, { type: "opened" }>): string[] {
  if (shortened === undefined) return [];
  const { stepsPerEpoch, batchSize, validationExamples } = shortened;
  return [
    `these networks are large for the time: an epoch is ${stepsPerEpoch} steps of ${batchSize} examples, scored on ${validationExamples}`,
  ];
}

/** `23/50 trials`. */
export function countText({ done, total }: StudyStatus): string {
  return total === null ? `${done} trials` : `${done}/${total} trials`;
}

export function phaseText({ status, final }: Progress): string {
  if (status.phase === "searching") return `${status.running} running`;
  if (status.phase === "training the winner" && final !== undefined) {
    const who = final.networks === 1 ? "the winner" : `${final.networks} finalists`;
    return `training ${who}, epoch ${final.epoch}/${final.epochs}`;
  }
  return status.phase;
}

export function timeText({ elapsedMs, etaMs, phase }: StudyStatus): string {
  const known = etaMs !== null && etaMs >= 1000 && phase !== "finished";
  const left = known ? `, about ${formatDuration(etaMs)} left` : "";
  return `${formatDuration(elapsedMs)}${left}`;
}

/** The whole state in one line, for logs. */
export function statusLine(progress: Progress): string {
  const { status } = progress;
  const best =
    status.best === null
      ? "no score yet"
      : `best ${formatScore(status.best.valAccuracy, status.metric)} (trial ${status.best.trial})`;
  const parts = [
    countText(status),
    phaseText(progress),
    best,
    `${formatShare(status.feasibleShare)} feasible`,
    timeText(status),
  ];
  return parts.join(", ");
}
