import { fail, type Json } from "../base/index.js";
import { type Exchange, isExchange, memoryTranscript, type Transcript } from "../language/index.js";
import {
  type Best,
  type Lease,
  Replay,
  type StoredEvent,
  type StudyEvent,
  type StudyState,
  type StudyStore,
  type StudyTotals,
  type TrialRow,
} from "../store/index.js";
import { type RungPolicy, rungPolicy } from "../strategies/index.js";
import { rungsOf } from "./config.js";
import { payload } from "./payload.js";

/**
 * The log of one study and what it says so far. Appends go one after the other; the views include an event only
 * when it is durable. They follow the log event by event, so a decision costs the same in a long study.
 */
export class StudyLog {
  private tail: Promise<unknown> = Promise.resolve();
  private readonly fold = new Replay();
  private readonly waiting = new Set<number>();
  private readonly known = new Set<string>();
  /** Told rungs, in the order in which they were told. */
  readonly tells: { readonly trial: number; readonly rung: number; readonly score: number }[] = [];
  private policy: RungPolicy | undefined;
  /** Points of learning curves that were reported. */
  reports = 0;

  /** What was asked of language models, in order. */
  readonly exchanges: Exchange[] = [];

  private constructor(
    private readonly store: StudyStore,
    readonly name: string,
    private readonly lease: Lease,
  ) {}

  static async open(store: StudyStore, name: string, lease: Lease): Promise<StudyLog> {
    const log = new StudyLog(store, name, lease);
    for await (const event of store.read(name)) log.add(event);
    return log;
  }

  /** Everything with all learning curves: a copy, for documents. Decisions take the views below. */
  state(): StudyState {
    return this.fold.state();
  }

  get config(): Json {
    return this.fold.config;
  }

  get totals(): StudyTotals {
    return this.fold.totals;
  }

  get best(): Best | undefined {
    return this.fold.best;
  }

  /** Who trains on, by all that was told. */
  get rungs(): RungPolicy {
    return this.policy ?? fail("study_empty", { path: this.name, expected: "a study with a configuration" });
  }

  trial(number: number): TrialRow | undefined {
    return this.fold.row(number);
  }

  /** All trials without their curves, in the order in which they were asked. */
  trials(): readonly TrialRow[] {
    return this.fold.allRows();
  }

  /** Trials that no worker has begun, in the order in which they were asked. */
  get queued(): ReadonlySet<number> {
    return this.waiting;
  }

  /** True where a trial builds the architecture already. */
  hasHash(hash: string): boolean {
    return this.known.has(hash);
  }

  /** Aborts when another process has taken the study over. */
  get lost(): AbortSignal {
    return this.lease.lost;
  }

  private add(stored: StoredEvent): void {
    const { event } = stored;
    this.fold.add(stored);
    if (event.kind === "created") {
      const { policy, ...form } = rungsOf(event.config);
      this.policy = rungPolicy(policy, form);
    }
    if (event.kind === "asked") {
      this.known.add(event.hash);
      this.policy?.asked(event.trial);
    }
    if (event.kind === "reported") this.reports++;
    if (event.kind === "exchanged" && isExchange(event.exchange)) this.exchanges.push(event.exchange);
    if (!("trial" in event)) return;
    if (this.fold.row(event.trial)?.phase === "asked") this.waiting.add(event.trial);
    else this.waiting.delete(event.trial);
    if (event.kind === "failed") this.policy?.remove(event.trial);
    if (event.kind === "told") {
      const { trial, rung, score = Number.NEGATIVE_INFINITY } = event;
      this.tells.push({ trial, rung, score });
      this.policy?.told(trial, rung, score);
    }
  }

  /** Append; failures of an earlier append do not hold up later ones. */
  append(...events: StudyEvent[]): Promise<readonly StoredEvent[]> {
    const next = this.tail.then(async () => {
      const stored = await this.store.append(this.name, events, this.lease);
      for (const event of stored) this.add(event);
      return stored;
    });
    this.tail = next.catch(() => undefined);
    return next;
  }

  /** The study's exchanges with language models, and a way to add to them. */
  transcript(): Transcript {
    return memoryTranscript(this.exchanges, async (exchange) => {
      await this.append({ kind: "exchanged", exchange: payload(exchange) });
    });
  }

  async close(): Promise<void> {
    await this.tail;
    await this.lease.release();
  }
}
