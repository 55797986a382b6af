import type { Space } from "../spaces/index.js";
import type { Executor, Job, ResultOf, RunOptions, WorkerSetup } from "./jobs.js";
import { Workbench } from "./workbench.node.js";

/** Jobs in this process, one after the other: for spaces that exist only here, and for tests. */
export class InlineExecutor implements Executor {
  readonly size = 1;
  private bench: Promise<Workbench> | undefined;

  constructor(
    private readonly setup: WorkerSetup,
    private readonly space: Space,
  ) {}

  async run<J extends Job>(job: J, options: RunOptions): Promise<ResultOf<J>> {
    this.bench ??= Workbench.open(this.setup, this.space);
    return (await (await this.bench).perform(job, options.onReport, options.signal)) as ResultOf<J>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.bench !== undefined) await (await this.bench)[Symbol.asyncDispose]();
  }
}
