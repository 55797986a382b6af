import { fail } from "../base/index.js";
import { causeOf, type WorkerSetup } from "./jobs.js";
import type { FromWorker, ToWorker } from "./process-executor.node.js";
import { openBench, type Workbench } from "./workbench.node.js";

/**
 * The program of a worker process: takes jobs from its parent by message, one at a time, and reports back. Ends with
 * its parent. Interrupts from the terminal are the parent's business.
 */
let setup: WorkerSetup | undefined;
let bench: Promise<Workbench> | undefined;
const running = new Map<number, AbortController>();

process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  void receive(message as ToWorker);
});

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function receive(message: ToWorker): Promise<void> {
  if (message.type === "setup") {
    setup = message.setup;
    return;
  }
  if (message.type === "abort") {
    running.get(message.id)?.abort();
    return;
  }
  const { id, job } = message;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    if (setup === undefined) fail("internal", { expected: "a setup before the first job" });
    bench ??= openBench(setup);
    const result = await (await bench).perform(
      job,
      (report) => send({ type: "report", id, report }),
      controller.signal,
    );
    send({ type: "result", id, result });
  } catch (error) {
    send({ type: "error", id, error: { ...causeOf(error) } });
  } finally {
    running.delete(id);
  }
}
