import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildProgram, Program } from "../testing/child-process.node.js";
import { replayLog } from "./index.js";
import { openStore, STORE_FILE } from "./sqlite.node.js";

let program = { path: "", remove: () => {} };
const root = mkdtempSync(join(tmpdir(), "morph-store-"));
const running: Program[] = [];
let count = 0;

beforeAll(async () => {
  program = await buildProgram("test/fixtures/store-child.ts");
});
afterEach(async () => {
  for (const child of running.splice(0)) await child.end("SIGKILL");
});
afterAll(() => {
  program.remove();
  rmSync(root, { recursive: true, force: true });
});

const start = (command: string, directory: string, study: string, options = {}): Program => {
  const child = new Program(program.path, [command, directory, study, JSON.stringify(options)]);
  running.push(child);
  return child;
};

/** A directory whose store has an empty study `a`. */
async function study(): Promise<string> {
  const directory = join(root, `p${count++}`);
  await using store = await openStore(directory);
  await store.create("a", null);
  return directory;
}

describe("one writer among processes", () => {
  it("refuses the second, naming the first; takes over at once when the first is killed", async () => {
    const directory = await study();
    const owner = start("hold", directory, "a");
    expect(await owner.next()).toBe("held");
    await using store = await openStore(directory);
    const refusal = new RegExp(`^study_in_use at a: .*process ${owner.pid} on `);
    await expect(store.acquire("a")).rejects.toThrow(refusal);
    expect((await store.summary("a")).owner).toMatch(`process ${owner.pid} on `);

    await owner.end("SIGKILL");
    const began = performance.now();
    await using lease = await store.acquire("a");
    expect(performance.now() - began).toBeLessThan(1000);
    await store.append("a", [{ kind: "resumed" }], lease);
  });

  it("takes over from a dead owner that its parent has not collected yet", async () => {
    const directory = await study();
    const owner = start("hold", directory, "a");
    expect(await owner.next()).toBe("held");
    process.kill(owner.pid, "SIGKILL");
    // No await of the child's end in between: for a while it is a zombie with a number that exists.
    await using store = await openStore(directory);
    const deadline = performance.now() + 5000;
    let held = false;
    while (!held && performance.now() < deadline) {
      held = await store.acquire("a").then(
        () => true,
        () => false,
      );
    }
    expect(held).toBe(true);
  });

  it("is not deceived by a new process with the dead owner's number", async () => {
    const directory = await study();
    const owner = start("hold", directory, "a");
    expect(await owner.next()).toBe("held");
    await owner.end("SIGKILL");
    const { default: Database } = await import("libsql");
    const raw = new Database(join(directory, STORE_FILE));
    const [{ body = "" } = {}] = raw.prepare("select body from lease").all([]) as { body?: string }[];
    const text = JSON.stringify({ ...JSON.parse(body), pid: process.pid });
    raw.prepare("update lease set body = ?, checksum = ?").run([text, crc32(text)]);
    raw.close();
    await using store = await openStore(directory);
    await using lease = await store.acquire("a");
    expect(lease.token).toBe(2);
  });

  it("lets one of several win when all ask at once", async () => {
    const directory = await study();
    const rivals = Array.from({ length: 4 }, () => start("acquire", directory, "a"));
    const answers = await Promise.all(rivals.map((rival) => rival.next()));
    expect(answers.sort()).toEqual(["held", "study_in_use", "study_in_use", "study_in_use"]);
  });

  it("lets processes make one store, and one study, at once", async () => {
    const directory = join(root, `p${count++}`);
    const rivals = Array.from({ length: 4 }, () => start("create", directory, "a"));
    const answers = await Promise.all(rivals.map((rival) => rival.next()));
    expect(answers.sort()).toEqual(["created", "study_exists", "study_exists", "study_exists"]);
  });

  it("takes over where the heartbeat has stopped, and keeps the sleeper out when it wakes", async () => {
    const directory = await study();
    const sleeper = start("hold", directory, "a", { beatMs: 50, staleMs: 600 });
    expect(await sleeper.next()).toBe("held");
    sleeper.send();
    expect(await sleeper.next()).toBe("appended");
    await using store = await openStore(directory, { staleMs: 600 });
    await new Promise((done) => setTimeout(done, 900));
    await expect(store.acquire("a"), "the heartbeat keeps the lease").rejects.toThrow(/^study_in_use/);

    sleeper.signal("SIGSTOP");
    await new Promise((done) => setTimeout(done, 900));
    await using lease = await store.acquire("a");
    sleeper.signal("SIGCONT");
    sleeper.send();
    const answers = [await sleeper.next(), await sleeper.next()].sort();
    expect(answers).toEqual(["lease_lost", "lost"]);
    await store.append("a", [{ kind: "resumed" }], lease);
    expect((await store.summary("a")).trials).toBe(1);
  });
});

describe("readers beside a writer", () => {
  it("never wait nor fail, and see whole appends only", async () => {
    const directory = await study();
    const writer = start("write", directory, "a", { pad: 2000 });
    await writer.next();
    const readers = [start("read", directory, "a"), start("read", directory, "a")];
    for (const reader of readers) for (let round = 0; round < 25; round++) await reader.next();
    await writer.end("SIGKILL");
    for (const reader of readers) {
      reader.send();
      const rounds = (await reader.rest()) as {
        trials: number;
        best: number;
        replayed: number;
        slowestMs: number;
      }[];
      expect(await reader.end()).toEqual({ code: 0, errors: "" });
      for (const { trials, best, replayed, slowestMs } of rounds) {
        expect(replayed).toBeGreaterThanOrEqual(trials);
        expect(best).toBeGreaterThanOrEqual(trials - 1);
        expect(slowestMs).toBeLessThan(2000);
      }
    }
    const written = (await writer.rest()).length;
    expect(written).toBeGreaterThan(10);
  });

  it("work when the writer is dead and its log of writes is large", async () => {
    const directory = await study();
    const writer = start("write", directory, "a", { pad: 100_000 });
    for (let trial = 0; trial < 40; trial++) expect(await writer.next()).toBe(trial);
    await writer.end("SIGKILL");
    expect(statSync(join(directory, `${STORE_FILE}-wal`)).size).toBeGreaterThan(1_000_000);
    const reader = start("read", directory, "a");
    const seen = (await reader.next()) as { trials: number; replayed: number };
    expect(seen.trials).toBeGreaterThanOrEqual(40);
    expect(seen.replayed).toBe(seen.trials);
  });
});

describe("kill -9", () => {
  it("loses nothing whose append had returned, and counts nothing twice, again and again", async () => {
    const directory = await study();
    let acknowledged = -1;
    for (let round = 0; round < 5; round++) {
      const writer = start("write", directory, "a");
      for (let line = 0; line < 5 + round * 7; line++) acknowledged = Number(await writer.next());
      writer.signal("SIGKILL");
      for (const value of await writer.rest()) acknowledged = Number(value);
      await writer.end();
      await using store = await openStore(directory);
      const state = await replayLog(store.read("a"));
      // One more may have been written whose acknowledgement was not.
      expect([acknowledged + 1, acknowledged + 2]).toContain(state.trials.size);
      expect([...state.trials.keys()]).toEqual(
        Array.from({ length: state.trials.size }, (_, trial) => trial),
      );
      expect(state.counts.waiting).toBe(state.trials.size);
      const { trials, best } = await store.summary("a");
      expect({ trials, best }).toEqual({ trials: state.trials.size, best: state.best });
      acknowledged = state.trials.size - 1;
    }
  });

  it("recovers from a log of writes that is torn anywhere", async () => {
    const directory = await study();
    const writer = start("write", directory, "a");
    for (let trial = 0; trial < 60; trial++) await writer.next();
    await writer.end("SIGKILL");
    const wal = `${STORE_FILE}-wal`;
    const { size } = statSync(join(directory, wal));
    expect(size).toBeGreaterThan(100_000);
    let most = 0;
    for (let cut = 0; cut <= 12; cut++) {
      const torn = join(root, `torn${cut}`);
      cpSync(directory, torn, { recursive: true });
      rmSync(join(torn, `${STORE_FILE}-shm`), { force: true });
      const at = Math.floor((size * cut) / 12) - (cut % 3) * 11;
      if (cut % 2 === 0) truncateSync(join(torn, wal), Math.max(0, at));
      else {
        const bytes = readFileSync(join(torn, wal));
        bytes.fill(0xa5, Math.max(0, at), at + 700);
        writeFileSync(join(torn, wal), bytes);
      }
      await using store = await openStore(torn);
      const state = await replayLog(store.read("a"));
      expect([...state.trials.keys()]).toEqual(
        Array.from({ length: state.trials.size }, (_, trial) => trial),
      );
      expect((await store.summary("a")).trials).toBe(state.trials.size);
      expect(state.counts.waiting).toBe(state.trials.size);
      most = Math.max(most, state.trials.size);
      await store.append("a", [{ kind: "resumed" }]);
    }
    expect(most).toBeGreaterThanOrEqual(59);
    expect(existsSync(join(directory, wal))).toBe(true);
  });
});
