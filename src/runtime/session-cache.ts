import { sha256Hex } from "../base/index.js";
import {
  bytesOf,
  capturedBy,
  type Graph,
  hashBytes,
  type Model,
  structureOf,
  subgraphsOf,
  type Tensor,
  type Value,
} from "../ir/index.js";
import type { Feeds, Runtime, Session, SessionOptions } from "./runtime.js";

export interface SessionCacheOptions {
  /** Sessions that wait for another use, at most. Default 4. */
  readonly maxIdle?: number;
  /** Estimated bytes of the waiting sessions, at most. Default 1 GiB. */
  readonly maxIdleBytes?: number;
}

interface Entry {
  readonly key: string;
  readonly session: Session;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly bytes: number;
}

/**
 * A runtime that keeps sessions for programs of the same structure: what is loaded, disposed of and loaded again is
 * created once. Training and evaluation programs have their weights as inputs, so a session serves every candidate of
 * one structure. A waiting session keeps the memory that its runs took, hence the bounds. Dispose of it: it releases
 * all sessions that wait, and those in use when they are handed back.
 */
export class SessionCache implements Runtime, AsyncDisposable {
  /** Least recently used first. */
  private idle: Entry[] = [];
  private closed = false;
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly options: SessionCacheOptions = {},
  ) {}

  get name(): string {
    return this.runtime.name;
  }

  get stats(): {
    readonly hits: number;
    readonly misses: number;
    readonly idle: number;
    readonly idleBytes: number;
  } {
    return { hits: this.hits, misses: this.misses, idle: this.idle.length, idleBytes: this.idleBytes };
  }

  async blockedChannels(): Promise<number | undefined> {
    return this.runtime.blockedChannels?.();
  }

  async load(model: Model | Uint8Array, options: SessionOptions = {}): Promise<Session> {
    const key = `${keyOf(model)}${JSON.stringify(options)}`;
    const at = this.idle.findLastIndex((entry) => entry.key === key);
    const [entry] = at < 0 ? [] : this.idle.splice(at, 1);
    if (entry !== undefined) {
      this.hits++;
      return new Lease(entry, model, true, (it) => this.giveBack(it));
    }
    this.misses++;
    const session = await this.runtime.load(model, options);
    const named = model instanceof Uint8Array ? undefined : model.graph;
    const made: Entry = {
      key,
      session,
      inputs: named?.inputs.map((v) => v.name) ?? session.inputNames,
      outputs: named?.outputs.map((v) => v.name) ?? session.outputNames,
      bytes: model instanceof Uint8Array ? 2 * model.length : estimateBytes(model),
    };
    return new Lease(made, model, false, (it) => this.giveBack(it));
  }

  private get idleBytes(): number {
    return this.idle.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private async giveBack(entry: Entry): Promise<void> {
    const { maxIdle = 4, maxIdleBytes = 2 ** 30 } = this.options;
    this.idle.push(entry);
    while (
      this.idle.length > 0 &&
      (this.closed || this.idle.length > maxIdle || this.idleBytes > maxIdleBytes)
    ) {
      await this.idle.shift()?.session[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    const all = this.idle;
    this.idle = [];
    for (const { session } of all) await session[Symbol.asyncDispose]();
  }
}

/** A session in use, under the names of the model that it was asked for. */
class Lease implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  private readonly toSession: ReadonlyMap<string, string>;
  private readonly fromSession: ReadonlyMap<string, string>;
  private returned = false;

  constructor(
    private readonly entry: Entry,
    model: Model | Uint8Array,
    readonly reused: boolean,
    private readonly giveBack: (entry: Entry) => Promise<void>,
  ) {
    const own = model instanceof Uint8Array ? undefined : model.graph;
    const pair = (theirs: readonly string[], ours: readonly { readonly name: string }[] | undefined) =>
      theirs.map((name, i) => [ours?.[i]?.name ?? name, name] as const);
    const inputs = pair(entry.inputs, own?.inputs);
    const outputs = pair(entry.outputs, own?.outputs);
    const known = new Set([...entry.session.inputNames, ...entry.session.outputNames]);
    this.inputNames = inputs.flatMap(([ours, theirs]) => (known.has(theirs) ? [ours] : []));
    this.outputNames = outputs.flatMap(([ours, theirs]) => (known.has(theirs) ? [ours] : []));
    this.toSession = new Map([...inputs, ...outputs]);
    this.fromSession = new Map(outputs.map(([ours, theirs]) => [theirs, ours]));
  }

  async run(feeds: Feeds, outputs?: readonly string[]): Promise<Record<string, Tensor>> {
    if (this.returned) throw new Error("the session was disposed of before this run");
    const { session } = this.entry;
    const theirs = (name: string) => this.toSession.get(name) ?? name;
    const renamed = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [theirs(name), t]));
    const results = await session.run(renamed, outputs?.map(theirs));
    return Object.fromEntries(
      Object.entries(results).map(([name, t]) => [this.fromSession.get(name) ?? name, t]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.returned) return;
    this.returned = true;
    await this.giveBack(this.entry);
  }
}

function keyOf(model: Model | Uint8Array): string {
  if (model instanceof Uint8Array) return hashBytes(model) + model.length;
  return sha256Hex(JSON.stringify(model.opsets) + structureOf(model.graph));
}

/** Bytes that a session holds after a run: its constants, and the values that live at once where most do. */
function estimateBytes({ graph }: Model): number {
  return graph.initializers.reduce((sum, v) => sum + sizeInBytes(v), 0) + peakBytes(graph);
}

/** Largest sum of values that are needed at one time; the values of a graph inside count while its node runs. */
function peakBytes(graph: Graph): number {
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach((node, at) => {
    const read = [...node.inputs, ...subgraphsOf(node).flatMap((sub) => [...capturedBy(sub)])];
    for (const v of read) if (v !== undefined) lastUse.set(v, at);
  });
  for (const v of graph.outputs) lastUse.set(v, graph.nodes.length);
  const dying = new Map<number, number>();
  let [live, peak] = [0, 0];
  graph.nodes.forEach((node, at) => {
    for (const v of node.outputs) {
      const last = v === undefined ? undefined : lastUse.get(v);
      if (v === undefined || last === undefined) continue;
      live += sizeInBytes(v);
      dying.set(last, (dying.get(last) ?? 0) + sizeInBytes(v));
    }
    const inside = subgraphsOf(node).reduce((sum, sub) => sum + peakBytes(sub), 0);
    peak = Math.max(peak, live + inside);
    live -= dying.get(at) ?? 0;
  });
  return peak;
}

function sizeInBytes({ type }: Value): number {
  if (type?.kind !== "tensor" || type.shape === undefined) return 0;
  const count = type.shape.reduce<number>((size, d) => size * (typeof d === "number" ? d : 1), 1);
  return bytesOf(type.dtype, count);
}
