import { MorphError } from "../base/index.js";
import type { Space } from "../spaces/index.js";
import {
  causeOf,
  type Executor,
  type Job,
  type ResultOf,
  type RunOptions,
  type WorkerSetup,
} from "./jobs.js";
import { openBench, type Workbench } from "./workbench.node.js";

/** Jobs in this process, one after the other: for spaces that exist only here, and for tests. */
export class InlineExecutor implements Executor {
  readonly size = 1;
  private bench: Promise<Workbench> | undefined;

  constructor(
    private readonly setup: WorkerSetup,
    private readonly space: Space,
  ) {}

  async run<J extends Job>(job: J, options: RunOptions): Promise<ResultOf<J>> {
    const { signal } = options;
    signal?.throwIfAborted();
    try {
      this.bench ??= openBench(this.setup, this.space);
      return (await (await this.bench).perform(job, options.onReport, signal)) as ResultOf<J>;
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof MorphError ? error : new MorphError(causeOf(error), { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const bench = await this.bench?.catch(() => undefined);
    await bench?.[Symbol.asyncDispose]();
  }
}
