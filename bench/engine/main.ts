/**
 * The engine against others: time of a training step of eight networks, ours and PyTorch's (eager) and those of
 * JavaScript libraries, in turns in one run and with equal threads. Before anything is timed all must agree on the
 * losses of the first steps, from equal weights on equal batches.
 *
 * npm run bench -- engine [--only mlp,lstm] [--threads 1,2] [--python python3] [--quick] [--no-js] [--profile [--shapes]]
 *                         [--fused] [--record]
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { record } from "../lib.js";
import { type Case, prepareCase, writeCase } from "./case.js";
import { type Contestant, median, type Turn } from "./contestant.js";
import { ours } from "./ours.js";
import { PeerAbsent, startPeer } from "./peer.js";
import { profileStep, withShapes } from "./profile.js";
import { flopsOf, matMulRate, productsOf, secondsOf } from "./rate.js";
import type { Workload } from "./workload.js";
import { WORKLOADS } from "./workloads/index.js";

const HERE = join(process.cwd(), "bench/engine");
const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    threads: { type: "string", default: "1,2" },
    python: { type: "string", default: process.env.MORPH_PYTHON ?? "python3" },
    quick: { type: "boolean", default: false },
    "no-js": { type: "boolean", default: false },
    "no-torch": { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    shapes: { type: "boolean", default: false },
    fused: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
  },
});

/** Losses of the first steps may differ by this share. */
const AGREEMENT = 1e-3;
const CHECKED_STEPS = 3;
const ROUNDS = options.quick ? 3 : 7;
/** A turn of one contestant takes about so long. */
const TURN_MS = options.quick ? 150 : 300;
/** Targets of the ratio PyTorch / ours, and of the rate against the runtime's own products. */
const TARGET = { mean: 1, least: 0.7, rate: 0.6, javascript: 10 };

interface Row {
  readonly workload: string;
  readonly title: string;
  readonly threads: number;
  readonly date: string;
  readonly oursMs: number;
  /** Time of our threads together. */
  readonly oursBusyMs: number;
  readonly peers: Readonly<Record<string, PeerResult>>;
  readonly products?: Products;
}
interface PeerResult {
  readonly version?: string;
  readonly ms?: number;
  /** Time of the peer by ours, in each round; above 1 we are faster. */
  readonly ratio?: number;
  readonly ratios?: readonly number[];
  /** The same of the times that the threads were busy: hardly moved by other programs. */
  readonly busyRatio?: number;
  readonly lossDifference?: number;
  readonly absent?: string;
}
interface Products {
  readonly gflop: number;
  /** GFLOP/s of the step's products over the whole step. */
  readonly rate: number;
  /** GFLOP/s of a square product of 1,024. */
  readonly ownRate: number;
  readonly share: number;
  /** The step's products and nothing else. */
  readonly aloneMs: number;
}

const wanted = options.only?.split(",");
const unknown = wanted?.filter((name) => !WORKLOADS.some((w) => w.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no workload ${unknown.join(", ")}; there are ${WORKLOADS.map((w) => w.name).join(", ")}`);
  process.exit(2);
}
const chosen = WORKLOADS.filter((w) => wanted?.includes(w.name) ?? true);
const rows: Row[] = [];
for (const workload of chosen) {
  for (const threads of options.threads.split(",").map(Number)) {
    const it = prepareCase(workload);
    if (options.profile) await showProfile(it, threads);
    else rows.push(await compare(it, workload, threads));
  }
}
if (!options.profile) {
  summary(rows);
  if (options.record) await save(rows);
}

async function compare(it: Case, workload: Workload, threads: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "morph-engine-"));
  const contestants: Contestant[] = [];
  const peers: Record<string, PeerResult> = {};
  try {
    await writeCase(it, folder);
    const own = await ours(it, threads);
    contestants.push(own);
    const { losses } = await own.run(CHECKED_STEPS);
    for (const [name, start] of starters(folder, workload, threads)) {
      try {
        const peer = await start();
        contestants.push(peer);
        const theirs = await peer.run(CHECKED_STEPS);
        const lossDifference = differenceOf(losses, theirs.losses);
        if (!(lossDifference <= AGREEMENT)) {
          throw new Error(
            `${workload.name}: ${name} does not train the same network: losses ${theirs.losses.join(", ")} against ${losses.join(", ")}`,
          );
        }
        peers[name] = { version: peer.version, lossDifference };
      } catch (error) {
        if (!(error instanceof PeerAbsent)) throw error;
        peers[name] = { absent: error.message };
      }
    }
    const active = contestants.filter((c) => c === own || peers[c.name]?.absent === undefined);
    const steps = new Map<Contestant, number>();
    for (const one of active) steps.set(one, await fitting(one));
    const turns = new Map<Contestant, Turn[]>(active.map((one) => [one, []]));
    for (let turn = 0; turn < ROUNDS; turn++) {
      for (const one of active) turns.get(one)?.push(await one.run(steps.get(one) ?? 1));
    }
    const perStep = (one: Contestant, kind: "seconds" | "busySeconds") =>
      (turns.get(one) ?? []).map((turn) => (turn[kind] / turn.losses.length) * 1000);
    const mine = perStep(own, "seconds");
    const mineBusy = perStep(own, "busySeconds");
    for (const one of active) {
      if (one === own) continue;
      const theirs = perStep(one, "seconds");
      const ratios = theirs.map((ms, i) => ms / (mine[i] ?? Number.NaN));
      peers[one.name] = {
        ...peers[one.name],
        ms: round(median(theirs)),
        ratio: round(median(ratios)),
        ratios: ratios.map(round),
        busyRatio: round(
          median(perStep(one, "busySeconds").map((ms, i) => ms / (mineBusy[i] ?? Number.NaN))),
        ),
      };
    }
    const oursMs = median(mine);
    const row: Row = {
      workload: workload.name,
      title: workload.title,
      threads,
      date: new Date().toISOString().slice(0, 10),
      oursMs: round(oursMs),
      oursBusyMs: round(median(mineBusy)),
      peers,
      products: workload.productBound ? await productsAgainst(it, threads, oursMs) : undefined,
    };
    show(row);
    return row;
  } finally {
    for (const one of contestants) await one[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

function starters(folder: string, workload: Workload, threads: number) {
  const list: [string, () => Promise<Contestant>][] = [];
  if (!options["no-torch"]) {
    const args = [join(HERE, "torch_peer.py"), folder, String(threads), ...(options.fused ? ["fused"] : [])];
    list.push(["torch", () => startPeer("torch", options.python, args)]);
  }
  // The JavaScript libraries compute in one thread.
  if (!options["no-js"] && threads === 1) {
    for (const name of ["jax-js", "tfjs-wasm", "tfjs-cpu"]) {
      const script = join(HERE, "peers", `${name.split("-")[0]}.js`);
      list.push([name, () => startPeer(name, process.execPath, [script, folder, name, workload.name])]);
    }
  }
  return list;
}

/** How many steps fill a turn. */
async function fitting(one: Contestant): Promise<number> {
  let count = 1;
  for (;;) {
    const { seconds } = await one.run(count);
    if (seconds * 1000 > TURN_MS / 4) return Math.max(1, Math.round((TURN_MS / 1000 / seconds) * count));
    count *= 2;
  }
}

async function productsAgainst(it: Case, threads: number, oursMs: number): Promise<Products> {
  const products = productsOf(it);
  const flops = flopsOf(products);
  const rate = flops / (oursMs / 1000) / 1e9;
  const ownRate = await matMulRate(threads);
  const alone = await secondsOf(products, threads);
  return {
    gflop: round(flops / 1e9),
    rate: round(rate),
    ownRate: round(ownRate),
    share: round(rate / ownRate),
    aloneMs: round(alone * 1000),
  };
}

function differenceOf(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN)) / Math.max(1e-3, Math.abs(v))));
}

function show(row: Row): void {
  const parts = Object.entries(row.peers).map(([name, p]) =>
    p.ms === undefined
      ? `${name} absent: ${p.absent}`
      : `${name} ${p.ms} ms = ${p.ratio}× (${p.ratios?.join(" ")}); busy ${p.busyRatio}×`,
  );
  console.log(
    `${row.title}, ${row.threads} thread${row.threads > 1 ? "s" : ""}: ours ${row.oursMs} ms (busy ${row.oursBusyMs} ms)`,
  );
  for (const part of parts) console.log(`    ${part}`);
  const p = row.products;
  if (p !== undefined) {
    console.log(
      `    products ${p.gflop} GFLOP, ${p.rate} of ${p.ownRate} GFLOP/s = ${p.share}; alone they take ${p.aloneMs} ms`,
    );
  }
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}

interface Summary {
  readonly threads: number;
  readonly workloads: number;
  readonly geometricMean: number;
  readonly least: number;
  readonly leastJavaScript: number | null;
}

function summarise(all: readonly Row[]): Summary[] {
  return [...new Set(all.map((r) => r.threads))].flatMap((threads) => {
    const own = all.filter((r) => r.threads === threads);
    const ratios = own.flatMap((r) => r.peers.torch?.ratio ?? []);
    if (ratios.length === 0) return [];
    const js = own.flatMap((r) =>
      Object.entries(r.peers).flatMap(([name, p]) =>
        name === "torch" || p.ratio === undefined ? [] : [p.ratio],
      ),
    );
    return [
      {
        threads,
        workloads: ratios.length,
        geometricMean: round(geometricMean(ratios)),
        least: Math.min(...ratios),
        leastJavaScript: js.length === 0 ? null : Math.min(...js),
      },
    ];
  });
}

function summary(all: readonly Row[]): void {
  for (const s of summarise(all)) {
    console.log(
      `${s.threads} thread${s.threads > 1 ? "s" : ""}, ${s.workloads} workloads against PyTorch: geometric mean ${s.geometricMean}× (target ${TARGET.mean}), least ${s.least}× (target ${TARGET.least})` +
        (s.leastJavaScript === null
          ? ""
          : `; against JavaScript at least ${s.leastJavaScript}× (target ${TARGET.javascript})`),
    );
  }
}

/** Rows replace those of the same workload and threads in the document. */
async function save(fresh: readonly Row[]): Promise<void> {
  const file = join(process.cwd(), "bench/results/engine.json");
  const old: { rows?: Row[] } = existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {};
  const kept = (old.rows ?? []).filter(
    (r) => !fresh.some((f) => f.workload === r.workload && f.threads === r.threads),
  );
  const place = (r: Row) => WORKLOADS.findIndex((w) => w.name === r.workload) * 100 + r.threads;
  const all = [...kept, ...fresh].sort((a, b) => place(a) - place(b));
  await record("engine", { targets: TARGET, summary: summarise(all), rows: all });
}

async function showProfile(it: Case, threads: number): Promise<void> {
  const times = await profileStep(it, threads, 20, options.shapes ? withShapes : undefined);
  const total = times.reduce((sum, t) => sum + t.ms, 0);
  console.log(`${it.workload.title}, ${threads} threads: ${total.toFixed(3)} ms of operators a step`);
  for (const t of times.slice(0, options.shapes ? 60 : 25)) {
    console.log(`  ${t.ms.toFixed(3).padStart(9)} ms ${t.count.toFixed(0).padStart(6)} × ${t.operator}`);
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
