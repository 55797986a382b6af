/** Sessions on a device with memory of its own (WebGPU), over either of ONNX Runtime's JavaScript packages. */
import { fail } from "../base/index.js";
import { allocate, type Model, sizeOf, type Tensor, type Value } from "../ir/index.js";
import { decodeModel, encodeModel } from "../onnx/portable.js";
import { Builder, EMITTED_OPSET } from "../ops/index.js";
import { forWebGpu } from "../passes/index.js";
import { type LoopApart, takeLoopApart } from "./loop-apart.js";
import { fromNative, type NativeTensor } from "./native.js";
import type { Feeds, Session } from "./runtime.js";

/** Tensors by name, in the host's memory or the device's. */
export type NativeFeeds = Record<string, NativeTensor>;

/** A session of the package itself. */
export interface NativeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: NativeFeeds, outputs?: readonly string[]): Promise<NativeFeeds>;
  release(): Promise<void>;
}

/** What an adapter gives: its package's sessions, with outputs left on the device or brought to the host. */
export interface Device {
  /** @param onHost names of nodes that the host runs */
  open(bytes: Uint8Array, outputs: "device" | "host", onHost?: readonly string[]): Promise<NativeSession>;
  toNative(name: string, t: Tensor): NativeTensor;
}

/**
 * A model on a device. One that is a single `Loop`, as training programs are, is stepped from the host with its
 * state in device memory: run as a `Loop`, all of the state would travel to the host and back in each step.
 */
export async function loadOnDevice(device: Device, model: Model | Uint8Array): Promise<Session> {
  const decoded = model instanceof Uint8Array ? decodeModel(model) : model;
  const apart = takeLoopApart(decoded);
  if (apart !== undefined) return SteppedLoop.open(device, decoded, apart);
  const { graph, onHost } = forWebGpu(decoded.graph);
  return new HostSession(device, await device.open(encodeModel({ ...decoded, graph }), "host", onHost));
}

/** A session whose tensors come from the host and return to it. */
export class HostSession implements Session {
  private released = false;

  constructor(
    private readonly device: Pick<Device, "toNative">,
    private readonly session: NativeSession,
  ) {}

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  async run(feeds: Feeds, outputs?: readonly string[]): Promise<Record<string, Tensor>> {
    if (this.released) fail("session_released", { hint: "the session was disposed of before this run" });
    const native: NativeFeeds = {};
    for (const [name, t] of Object.entries(feeds)) native[name] = this.device.toNative(name, t);
    const results = await this.session.run(native, outputs);
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, fromNative(t)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.session.release();
  }
}

/** The program of a {@link LoopApart}: each trip is one run of the step; state stays on the device. */
class SteppedLoop implements Session {
  private released = false;
  /** Contents on the device of tensors that were fed before, by input. */
  private readonly resident = new Map<string, { readonly of: Tensor; readonly there: NativeTensor }>();

  private constructor(
    readonly inputNames: readonly string[],
    readonly outputNames: readonly string[],
    private readonly apart: LoopApart,
    private readonly device: Device,
    private readonly step: NativeSession,
    /** Copies one trip's state and windows to the host. */
    private readonly fetch: NativeSession,
    /** Copies whole inputs to the device. */
    private readonly place: NativeSession | undefined,
  ) {}

  static async open(device: Device, model: Model, apart: LoopApart): Promise<SteppedLoop> {
    const { graph } = model;
    const graphOf = (it: Model["graph"]) => encodeModel({ ...model, graph: it });
    const moved = [...apart.carried, ...apart.scans].map((c) => valueNamed(apart.step.inputs, c.input));
    const whole = apart.whole.map((name) => valueNamed(graph.inputs, name)).filter(isPlaced);
    const open: NativeSession[] = [];
    try {
      const { graph: written, onHost } = forWebGpu(apart.step);
      const step = await device.open(graphOf(written), "device", onHost);
      open.push(step);
      const fetch = await device.open(graphOf(copies("fetch", moved)), "host");
      open.push(fetch);
      const place =
        whole.length === 0 ? undefined : await device.open(graphOf(copies("place", whole)), "device");
      const inputs = graph.inputs.filter((v) => v.data === undefined).map((v) => v.name);
      const outputs = graph.outputs.map((v) => v.name);
      return new SteppedLoop(inputs, outputs, apart, device, step, fetch, place);
    } catch (error) {
      for (const session of open) await session.release();
      throw error;
    }
  }

  /**
   * @param feeds tensors of inputs that trips read whole stay on the device, for as long as the same tensor
   * objects are fed: change contents by feeding a new object
   */
  async run(feeds: Feeds, outputs: readonly string[] = this.outputNames): Promise<Record<string, Tensor>> {
    if (this.released) fail("session_released", { hint: "the session was disposed of before this run" });
    const { apart, device } = this;
    const feedOf = (name: string): Tensor =>
      feeds[name] ?? fail("feed_missing", { path: name, expected: "a tensor for this input" });
    const trips = Number((feedOf(apart.trips).data as BigInt64Array)[0] ?? 0n);
    const whole = await this.placeWhole(feedOf);
    let state: NativeFeeds = {};
    for (const c of apart.carried) state[c.input] = device.toNative(c.from, feedOf(c.from));
    for (const s of apart.scans) {
      const dims = [apart.kept, ...s.dims];
      const data = allocate("float32", sizeOf(dims));
      state[s.input] = device.toNative(s.input, { dtype: "float32", dims, data });
    }
    const collected = apart.scans.map((s) => new Float32Array(trips * sizeOf(s.dims)));
    let host: NativeFeeds = {};
    try {
      for (let trip = 0; trip < trips; trip++) {
        const turn: NativeFeeds = { ...whole, ...state };
        for (const row of apart.rows)
          turn[row.input] = device.toNative(row.input, rowOf(feedOf(row.from), trip));
        if (apart.trip !== undefined) {
          const data = BigInt64Array.of(BigInt(trip));
          turn[apart.trip] = device.toNative(apart.trip, { dtype: "int64", dims: [], data });
        }
        const made = await this.step.run(turn);
        dispose(state);
        state = {};
        for (const it of [...apart.carried, ...apart.scans]) {
          const next = made[it.output];
          if (next !== undefined) state[it.input] = next;
        }
        const done = trip + 1;
        if (done % apart.kept !== 0 && done !== trips) continue;
        host = await this.fetch.run(state);
        const count = done % apart.kept === 0 ? apart.kept : done % apart.kept;
        apart.scans.forEach((s, i) => {
          const width = sizeOf(s.dims);
          const window = host[`${s.input}_copy`]?.data as Float32Array;
          collected[i]?.set(window.subarray((apart.kept - count) * width), (done - count) * width);
        });
      }
      return this.results(feeds, host, collected, trips, outputs);
    } finally {
      dispose(state);
    }
  }

  private results(
    feeds: Feeds,
    host: NativeFeeds,
    collected: readonly Float32Array[],
    trips: number,
    outputs: readonly string[],
  ): Record<string, Tensor> {
    const all: Record<string, Tensor> = {};
    for (const c of this.apart.carried) {
      const last = host[`${c.input}_copy`];
      const value = last === undefined ? feeds[c.from] : fromNative(last);
      if (c.as !== undefined && value !== undefined) all[c.as] = value;
    }
    this.apart.scans.forEach((s, i) => {
      const data = collected[i];
      if (s.as !== undefined && data !== undefined)
        all[s.as] = { dtype: "float32", dims: [trips, ...s.dims], data };
    });
    return Object.fromEntries(
      outputs.map((name) => [
        name,
        all[name] ?? fail("runtime_output", { path: name, expected: "an output" }),
      ]),
    );
  }

  private async placeWhole(feedOf: (name: string) => Tensor): Promise<NativeFeeds> {
    const placed: NativeFeeds = {};
    const missing: NativeFeeds = {};
    for (const name of this.apart.whole) {
      const t = feedOf(name);
      const known = this.resident.get(name);
      if (known?.of === t) placed[name] = known.there;
      else if (this.place?.inputNames.includes(name)) missing[name] = this.device.toNative(name, t);
      else placed[name] = this.device.toNative(name, t);
    }
    if (this.place === undefined || Object.keys(missing).length === 0) return placed;
    // The copying session wants all its inputs; what is there already goes through once more.
    const fed: NativeFeeds = { ...missing };
    for (const name of this.place.inputNames)
      fed[name] ??= placed[name] ?? this.device.toNative(name, feedOf(name));
    const made = await this.place.run(fed);
    for (const name of this.place.inputNames) {
      this.resident.get(name)?.there.dispose();
      const there = made[`${name}_copy`];
      if (there === undefined) fail("runtime_output", { path: name, expected: "a copy on the device" });
      this.resident.set(name, { of: feedOf(name), there });
      placed[name] = there;
    }
    return placed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.released) return;
    this.released = true;
    for (const { there } of this.resident.values()) there.dispose();
    this.resident.clear();
    for (const session of [this.step, this.fetch, this.place]) await session?.release();
  }
}

/** A graph that copies its inputs to outputs `NAME_copy`. */
function copies(name: string, values: readonly Value[]) {
  const g = new Builder(name, EMITTED_OPSET);
  return g.finish(values.map((v) => g.identityAs(g.input(v.name, v.dtype, v.shape), `${v.name}_copy`)));
}

function valueNamed(values: readonly Value[], name: string): Value {
  return (
    values.find((v) => v.name === name) ??
    fail("internal", { path: name, expected: "a value of the program" })
  );
}

/** Types that WebGPU's kernels read. Others are used on the host, and stay there. */
function isPlaced(v: Value): boolean {
  return ["float32", "int32", "uint32", "uint8", "bool"].includes(v.dtype);
}

/** Row `at` of a tensor, without its first axis. */
function rowOf(t: Tensor, at: number): Tensor {
  const dims = t.dims.slice(1);
  const size = sizeOf(dims);
  return { dtype: t.dtype, dims, data: t.data.slice(at * size, (at + 1) * size) as Tensor["data"] };
}

function dispose(tensors: NativeFeeds): void {
  for (const t of Object.values(tensors)) if (t.location !== "cpu") t.dispose();
}
