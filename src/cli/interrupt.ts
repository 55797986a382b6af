/** Ctrl-C: the first asks for a clean stop, the second ends the process at once. */
import { ExitCode } from "../base/index.js";

/** Told apart from other aborts by its name. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

/** `say` tells the user that the stop has begun; `beforeKill` puts the terminal right. */
export function interrupts(say: (text: string) => void, beforeKill: () => void): Interrupts {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      beforeKill();
      process.exit(ExitCode.interrupted);
    }
    if (name === "SIGINT") say("stopping: what is finished is kept (Ctrl-C again ends at once)");
    controller.abort(new Interrupted(`interrupted by ${name}`));
  };
  const names: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
