import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fail, type Issue, issue, MorphError } from "../base/index.js";
import type { Executor, Job, JobReport, JobResult, ResultOf, RunOptions, WorkerSetup } from "./jobs.js";

/** What passes between the study and a worker process. */
export type ToWorker =
  | { readonly type: "setup"; readonly setup: WorkerSetup }
  | { readonly type: "job"; readonly id: number; readonly job: Job }
  | { readonly type: "abort"; readonly id: number };
export type FromWorker =
  | { readonly type: "report"; readonly id: number; readonly report: JobReport }
  | { readonly type: "result"; readonly id: number; readonly result: JobResult }
  | { readonly type: "error"; readonly id: number; readonly error: Issue };

export interface ProcessOptions {
  /** A job that gives no sign of life for so long is killed. */
  readonly silenceMs?: number;
  /** A worker that has not stopped so long after it was asked to is killed. */
  readonly abortMs?: number;
  /** Memory that a worker may have for JavaScript objects, in MiB. */
  readonly heapMiB?: number;
}

/**
 * Jobs in child processes, one a lane, one ONNX Runtime thread each. A process that dies or hangs fails its job
 * only, and is replaced for the next one. Workers end when this process does, however it ends.
 */
export class ProcessExecutor implements Executor {
  private readonly lanes: (Lane | undefined)[];
  private closed = false;

  constructor(
    readonly size: number,
    private readonly setup: WorkerSetup,
    private readonly options: ProcessOptions = {},
  ) {
    this.lanes = new Array(size).fill(undefined);
  }

  async run<J extends Job>(job: J, options: RunOptions): Promise<ResultOf<J>> {
    options.signal?.throwIfAborted();
    if (this.closed) fail("internal", { expected: "an executor that is open" });
    let lane = this.lanes[options.lane];
    if (lane === undefined || !lane.alive) {
      lane = new Lane(this.setup, this.options);
      this.lanes[options.lane] = lane;
    }
    return (await lane.run(job, options)) as ResultOf<J>;
  }

  /** Process ids of the workers that run now. */
  get pids(): number[] {
    return this.lanes.flatMap((lane) => (lane?.alive && lane.pid !== undefined ? [lane.pid] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    await Promise.all(this.lanes.map((lane) => lane?.close()));
  }
}

interface Pending {
  readonly id: number;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
  readonly options: RunOptions;
  watchdog?: NodeJS.Timeout;
  grace?: NodeJS.Timeout;
}

class Lane {
  private readonly child: ChildProcess;
  private readonly silenceMs: number;
  private readonly abortMs: number;
  private pending: Pending | undefined;
  private nextId = 1;
  private errors = "";
  private hung = false;
  alive = true;

  constructor(setup: WorkerSetup, options: ProcessOptions) {
    this.silenceMs = options.silenceMs ?? 10 * 60_000;
    this.abortMs = options.abortMs ?? 700;
    this.child = fork(workerFile(), [], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      // A group of its own: Ctrl-C in a terminal reaches the study alone, which tells its workers.
      detached: true,
      execArgv: options.heapMiB === undefined ? [] : [`--max-old-space-size=${options.heapMiB}`],
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-4000);
    });
    this.child.on("message", (message) => this.receive(message as FromWorker));
    this.child.on("exit", (code, signal) => this.died(code, signal));
    this.child.on("error", () => this.died(null, null));
    this.send({ type: "setup", setup });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  run(job: Job, options: RunOptions): Promise<JobResult> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.send({ type: "abort", id });
        if (this.pending === undefined) return;
        this.pending.grace = setTimeout(() => this.child.kill("SIGKILL"), this.abortMs);
      };
      options.signal?.addEventListener("abort", abort, { once: true });
      const settle = () => {
        options.signal?.removeEventListener("abort", abort);
        clearTimeout(this.pending?.watchdog);
        clearTimeout(this.pending?.grace);
        this.pending = undefined;
      };
      this.pending = {
        id,
        options,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          // Whatever an aborted job ended with, it ended because it was told to.
          reject(options.signal?.aborted ? options.signal.reason : error);
        },
      };
      this.watch();
      this.send({ type: "job", id, job });
    });
  }

  /** The job must say something within the time of silence. */
  private watch(): void {
    const { pending } = this;
    if (pending === undefined) return;
    clearTimeout(pending.watchdog);
    pending.watchdog = setTimeout(() => {
      this.hung = true;
      this.child.kill("SIGKILL");
    }, this.silenceMs);
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  private receive(message: FromWorker): void {
    const { pending } = this;
    if (pending === undefined || message.id !== pending.id) return;
    if (message.type === "report") {
      this.watch();
      if (message.report.point !== undefined) pending.options.onReport?.(message.report);
    }
    if (message.type === "result") pending.resolve(message.result);
    if (message.type === "error") {
      pending.reject(new MorphError(issue(message.error.code, message.error)));
    }
  }

  private died(code: number | null, signal: NodeJS.Signals | null): void {
    this.alive = false;
    const lastLine =
      this.errors
        .trim()
        .split("\n")
        .find((line) => /error/i.test(line)) ?? "";
    const how = this.hung
      ? `no sign of life for ${Math.round(this.silenceMs / 1000)} s`
      : signal !== null
        ? `signal ${signal}`
        : `exit code ${code}`;
    this.pending?.reject(
      new MorphError(
        issue("worker_lost", {
          received: `${how}${lastLine === "" ? "" : `: ${lastLine.slice(0, 300)}`}`,
          hint:
            signal === "SIGKILL" && !this.hung
              ? "the system may be out of memory; lower --workers"
              : undefined,
        }),
      ),
    );
  }

  async close(): Promise<void> {
    if (!this.alive) return;
    const gone = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
    this.child.disconnect();
    const late = setTimeout(() => this.child.kill("SIGKILL"), 2000);
    await gone;
    clearTimeout(late);
  }
}

/** The worker's program: beside this file when built; in a checkout's tests, the built one. */
function workerFile(): string {
  const beside = fileURLToPath(new URL("./worker.node.js", import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL("../../dist/study/worker.node.js", import.meta.url));
}
