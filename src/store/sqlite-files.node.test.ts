import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import Database from "libsql";
import { afterAll, describe, expect, it } from "vitest";
import { MorphError } from "../base/index.js";
import { smallDisk } from "../testing/small-disk.node.js";
import { replayLog, type StudyEvent, type StudyStore, TRIAL_ORDERS } from "./index.js";
import type { Tables } from "./schema.js";
import { openStore, STORE_FILE } from "./sqlite.node.js";

const root = mkdtempSync(join(tmpdir(), "morph-store-"));
const disk = smallDisk(1 << 20);
afterAll(() => {
  disk?.remove();
  rmSync(root, { recursive: true, force: true });
});

let count = 0;
const place = (): string => join(root, `f${count++}`);

function ask(trial: number, pad = 100): StudyEvent {
  return { kind: "asked", trial, genotype: "x".repeat(pad), hash: `h${trial}`, origin: "random", static: {} };
}
const told = (trial: number): StudyEvent => ({ kind: "told", trial, rung: 0, metrics: {}, score: trial / 7 });

/** A directory with a closed store of some trials. */
async function filled(trials = 50): Promise<string> {
  const directory = place();
  await using store = await openStore(directory);
  await store.create("a", { seed: 1 });
  for (let trial = 0; trial < trials; trial++) await store.append("a", [ask(trial), told(trial)]);
  return directory;
}

async function eventsOf(store: StudyStore): Promise<StudyEvent[]> {
  const events: StudyEvent[] = [];
  for await (const { event } of store.read("a")) events.push(event);
  return events;
}

async function everything(store: StudyStore) {
  const state = await replayLog(store.read("a"));
  return { state, summary: await store.summary("a"), rows: await store.trials("a", { orderBy: "score" }) };
}

describe("files that are no store", () => {
  const write = (content: string | Uint8Array): string => {
    const directory = place();
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, STORE_FILE), content);
    return directory;
  };

  it("are named in one line", async () => {
    await expect(openStore(write("hello, I am a letter. ".repeat(40)))).rejects.toThrow(
      /^store_corrupt at .*study\.db: Expected|^store_corrupt at .*study\.db: expected a study database, received .*not a database/,
    );
    await expect(openStore(write("short"))).rejects.toThrow(/^store_corrupt at /);
    const directory = place();
    mkdirSync(join(directory, STORE_FILE), { recursive: true });
    await expect(openStore(directory)).rejects.toThrow(/^store_unreadable at /);
    await expect(openStore(join(write("x"), STORE_FILE, "below"))).rejects.toThrow(/^store_unreadable at /);
  });

  it("an empty file becomes a store", async () => {
    await using store = await openStore(write(""));
    await store.create("a", null);
    expect((await store.studies()).length).toBe(1);
  });

  it("another program's database is left alone", async () => {
    const directory = place();
    mkdirSync(directory);
    const other = new Database(join(directory, STORE_FILE));
    other.exec("create table bookmarks (url text); insert into bookmarks values ('x')");
    other.close();
    const before = readFileSync(join(directory, STORE_FILE));
    await expect(openStore(directory)).rejects.toThrow(/^store_foreign at /);
    expect(readFileSync(join(directory, STORE_FILE)).equals(before)).toBe(true);
  });

  it("a newer version is refused, with what to do", async () => {
    const directory = await filled(1);
    const raw = new Database(join(directory, STORE_FILE));
    raw.exec("pragma user_version = 99");
    raw.close();
    await expect(openStore(directory)).rejects.toThrow(/^store_newer at .*received version 99\. .*update/i);
  });

  it("a missing one is not made where none is wanted", async () => {
    const directory = place();
    await expect(openStore(directory, { create: false })).rejects.toThrow(/^store_missing at /);
    expect(existsSync(directory)).toBe(false);
  });

  it("damage anywhere gives one clear error, or events as they were written", async () => {
    const directory = await filled(200);
    const whole = readFileSync(join(directory, STORE_FILE));
    const written = await (async () => {
      await using store = await openStore(directory);
      return await eventsOf(store);
    })();
    let found = 0;
    const damage = fc.record({
      at: fc.nat({ max: whole.length - 1 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, bytes, keep }) => {
        const copy = Buffer.from(whole);
        copy.set(bytes.subarray(0, copy.length - at), at);
        const place = write(copy.subarray(0, Math.ceil(copy.length * keep)));
        try {
          await using store = await openStore(place);
          await store.studies();
          const events = await eventsOf(store);
          expect(events).toEqual(written.slice(0, events.length));
          await everything(store);
          await store.append("a", [ask(900)]);
        } catch (error) {
          found++;
          expect(error, String(error)).toBeInstanceOf(MorphError);
        } finally {
          rmSync(place, { recursive: true, force: true });
        }
      }),
      { numRuns: Number(process.env.MORPH_FUZZ ?? 60) },
    );
    expect(found).toBeGreaterThan(10);
  });
});

describe("read models", () => {
  it("are made again from the events when they are deleted, damaged or of another version", async () => {
    const directory = await filled();
    const before = await (async () => {
      await using store = await openStore(directory);
      return await everything(store);
    })();
    expect(before.summary.trials).toBe(50);
    expect(before.rows.length).toBe(50);
    for (const command of [
      "delete from trial; delete from total",
      "update total set fold = 0; update trial set score = 5, body = '{}'",
      "update total set seq = seq - 3; delete from trial where trial > 40",
    ]) {
      const raw = new Database(join(directory, STORE_FILE));
      raw.exec(command);
      raw.close();
      await using store = await openStore(directory);
      expect(await everything(store), command).toEqual(before);
    }
    const raw = new Database(join(directory, STORE_FILE));
    raw.exec("delete from trial; delete from total");
    raw.close();
    await using store = await openStore(directory);
    await store.append("a", [ask(50), told(50)]);
    expect((await store.summary("a")).trials).toBe(51);
    expect((await store.trials("a")).length).toBe(51);
  });

  it("the table itself refuses what can happen once", async () => {
    const directory = await filled(3);
    const raw = new Database(join(directory, STORE_FILE));
    const again =
      "insert into event select study_id, seq + 1000, at_ms, once, body, checksum from event where once = 'told/1/0'";
    expect(() => raw.exec(again)).toThrow(/UNIQUE/);
    raw.close();
  });

  it("every page is read from an index, without sorting", async () => {
    const directory = await filled(3);
    const raw = new Database(join(directory, STORE_FILE));
    const { Kysely } = await import("kysely");
    const { libsqlDialect } = await import("./libsql.node.js");
    const { bestTrial, logPage, trialPage } = await import("./sql-queries.js");
    const db = new Kysely<Tables>({ dialect: libsqlDialect(raw, "study.db") });
    const planOf = ({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): string =>
      JSON.stringify(raw.prepare(`explain query plan ${sql}`).all([...parameters]));
    const plans = [
      planOf(logPage(db, 1, 5, 10).compile()),
      planOf(bestTrial(db, 1).compile()),
      ...TRIAL_ORDERS.flatMap((orderBy) =>
        [false, true].map((descending) =>
          planOf(trialPage(db, 1, { orderBy, descending, limit: 10, offset: 20 }).compile()),
        ),
      ),
    ];
    expect(plans.length).toBe(12);
    for (const plan of plans) {
      expect(plan).toMatch(/SEARCH (event|trial) USING (COVERING )?INDEX/);
      expect(plan).not.toContain("TEMP B-TREE");
    }
    await db.destroy();
  });
});

describe("closing", () => {
  it("folds the log of writes into the file, which can then be copied alone", async () => {
    const directory = await filled(20);
    expect(statSync(join(directory, `${STORE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    const alone = place();
    mkdirSync(alone);
    cpSync(join(directory, STORE_FILE), join(alone, STORE_FILE));
    await using store = await openStore(alone);
    expect((await store.summary("a")).trials).toBe(20);
  });

  it("releases the leases that the store holds", async () => {
    const directory = await filled(1);
    const store = await openStore(directory);
    const lease = await store.acquire("a");
    await store[Symbol.asyncDispose]();
    await lease.release();
    await using next = await openStore(directory);
    await using again = await next.acquire("a");
    expect(again.token).toBeGreaterThan(lease.token);
  });
});

describe("at work", () => {
  it("opens and reads at once while another connection is in the middle of a transaction", async () => {
    const directory = await filled(10);
    const raw = new Database(join(directory, STORE_FILE));
    raw.exec("begin immediate; delete from trial; delete from event");
    const began = performance.now();
    {
      await using store = await openStore(directory, { create: false, busyMs: 5000 });
      expect((await everything(store)).state.trials.size).toBe(10);
      expect((await store.studies())[0]?.trials).toBe(10);
    }
    expect(performance.now() - began).toBeLessThan(3000);
    await using store = await openStore(directory, { busyMs: 50 });
    await expect(store.append("a", [ask(99)])).rejects.toThrow(/^store_busy at .*study\.db/);
    raw.exec("rollback");
    raw.close();
    await store.append("a", [ask(99)]);
  });

  it("spends less than 5 ms of processor time on a trial of two appends, over 2,000 trials", async () => {
    await using store = await openStore(place());
    await store.create("a", null);
    await using lease = await store.acquire("a");
    const began = process.cpuUsage();
    for (let trial = 0; trial < 2000; trial++) {
      await store.append("a", [ask(trial, 500)], lease);
      await store.append("a", [told(trial)], lease);
    }
    // Not the time on the clock: that depends on what else the machine does.
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000 / 2000).toBeLessThan(5);
    expect((await store.summary("a")).best).toEqual({ trial: 1999, score: 1999 / 7 });
  });
});

describe("a full disk", () => {
  const title = `is one clear error, keeps what was there, and passes when there is room again${
    disk ? "" : " (skipped: mounting is not allowed here)"
  }`;
  it.skipIf(disk === undefined)(title, async () => {
    const directory = join(disk?.path ?? "", "study");
    const ballast = join(disk?.path ?? "", "ballast");
    writeFileSync(ballast, new Uint8Array(200_000));
    await using store = await openStore(directory);
    await store.create("a", null);
    let kept = 0;
    const fill = async () => {
      for (let trial = 0; trial < 1000; trial++) {
        await store.append("a", [ask(trial, 4000), told(trial)]);
        kept = trial + 1;
      }
    };
    await expect(fill()).rejects.toThrow(/^disk_full at .*study\.db/);
    expect(kept).toBeGreaterThan(2);
    const state = await replayLog(store.read("a"));
    expect(state.trials.size).toBe(kept);
    expect(state.counts.waiting).toBe(kept);
    expect((await store.summary("a")).trials).toBe(kept);
    rmSync(ballast);
    await store.append("a", [ask(kept, 4000), told(kept)]);
    expect((await store.summary("a")).trials).toBe(kept + 1);
  });

  it("is recognised from SQLite's own word for it", async () => {
    const directory = await filled(1);
    const size = statSync(join(directory, STORE_FILE)).size;
    const { Kysely } = await import("kysely");
    const { libsqlDialect } = await import("./libsql.node.js");
    const raw = new Database(join(directory, STORE_FILE));
    raw.pragma(`max_page_count=${size / 4096}`);
    const db = new Kysely<{
      event: { study_id: number; seq: number; at_ms: number; body: string; checksum: number };
    }>({
      dialect: libsqlDialect(raw, "study.db"),
    });
    const values = { study_id: 9, seq: 1, at_ms: 0, body: "x".repeat(100_000), checksum: 0 };
    const insert = db.transaction().execute((tx) => tx.insertInto("event").values(values).execute());
    await expect(insert).rejects.toThrow(/^disk_full at study\.db: /);
    expect(await db.selectFrom("event").select("seq").where("study_id", "=", 9).execute()).toEqual([]);
    await db.destroy();
  });
});
