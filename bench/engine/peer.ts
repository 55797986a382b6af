import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Contestant } from "./contestant.js";

/** What a peer says: one line of JSON for each that it is told. */
interface Reply {
  readonly ready?: string;
  readonly absent?: string;
  readonly losses?: readonly number[];
  readonly seconds?: number;
  readonly busySeconds?: number;
  readonly error?: string;
}

export class PeerAbsent extends Error {}

/**
 * A contestant in a process of its own. It is started with the folder of a case and a number of threads, says
 * `{"ready": VERSION}` or `{"absent": REASON}`, and then answers each `{"steps": N}` with `{"losses", "seconds"}`.
 * While it waits it does nothing, so contestants can take turns.
 */
export async function startPeer(
  name: string,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Contestant> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const talk = conversation(name, child);
  const first = await talk.next();
  if (first.absent !== undefined) {
    child.kill();
    throw new PeerAbsent(`${name}: ${first.absent}`);
  }
  return {
    name,
    version: first.ready ?? "?",
    async run(steps) {
      child.stdin?.write(`${JSON.stringify({ steps })}\n`);
      const { losses, seconds, busySeconds, error, absent } = await talk.next();
      if (losses === undefined || seconds === undefined || busySeconds === undefined)
        throw new PeerAbsent(`${name}: ${error ?? absent ?? "no answer"}`);
      return { losses, seconds, busySeconds };
    },
    async [Symbol.asyncDispose]() {
      child.stdin?.end();
      await talk.ended;
    },
  };
}

function conversation(name: string, child: ChildProcess) {
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      errors += error.message;
      resolve();
    });
    child.once("close", () => resolve());
  });
  if (child.stdout === null) throw new Error("the peer has no output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ended,
    async next(): Promise<Reply> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) {
          await ended;
          throw new PeerAbsent(`${name}: ${errors.trim().split("\n").at(-1) || "it ended without a word"}`);
        }
        if (typeof value === "string" && value.startsWith("{")) return JSON.parse(value) as Reply;
      }
    },
  };
}
