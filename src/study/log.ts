import type { Lease, StoredEvent, StudyEvent, StudyState, StudyStore } from "../store/index.js";
import { Replay } from "../store/index.js";

/**
 * The log of one study and what it says so far. Appends go one after the other; the state includes an event only
 * when it is durable.
 */
export class StudyLog {
  private tail: Promise<unknown> = Promise.resolve();
  /** Rungs in the order in which they were told. */
  readonly tells: { readonly trial: number; readonly rung: number }[] = [];

  private constructor(
    private readonly store: StudyStore,
    readonly name: string,
    private readonly lease: Lease,
    private readonly fold: Replay,
  ) {}

  static async open(store: StudyStore, name: string, lease: Lease): Promise<StudyLog> {
    const log = new StudyLog(store, name, lease, new Replay());
    for await (const event of store.read(name)) log.add(event);
    return log;
  }

  state(): StudyState {
    return this.fold.state();
  }

  /** Aborts when another process has taken the study over. */
  get lost(): AbortSignal {
    return this.lease.lost;
  }

  private add(stored: StoredEvent): void {
    this.fold.add(stored);
    const { event } = stored;
    if (event.kind === "told") this.tells.push({ trial: event.trial, rung: event.rung });
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

  async close(): Promise<void> {
    await this.tail;
    await this.lease.release();
  }
}
