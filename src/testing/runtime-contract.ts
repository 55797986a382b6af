/**
 * What every runtime does alike, as cases that run anywhere, a web page included: each returns what it found wrong.
 */
import { MorphError } from "../base/index.js";
import { allocate, type DType, type Graph, type Model, numbersOf, type Tensor, tensor } from "../ir/index.js";
import { Builder, EMITTED_OPSET, refOf } from "../ops/index.js";
import { interpret, type Runtime } from "../runtime/portable.js";

export interface RuntimeCase {
  readonly name: string;
  /** Empty where all is well. */
  run(runtime: Runtime): Promise<readonly string[]>;
}

const DTYPES = [
  "float32",
  "float64",
  "float16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
] as const satisfies readonly DType[];
const TOLERANCE = 1e-5;

function modelOf(graph: Graph): Model {
  return { graph, opsets: { "": EMITTED_OPSET }, irVersion: 10, metadata: {} };
}

/** y = relu(x·w + b) of [N, 3], with a second output that few ask for. */
function layer(): Model {
  const g = new Builder("layer");
  const x = g.input("x", "float32", ["N", 3]);
  const w = g.constant(tensor("float32", [3, 2], [1, -2, 3, 4, -5, 6]));
  const h = g.Add(g.MatMul(x, w), g.constant(tensor("float32", [2], [0.5, -0.5])));
  return modelOf(g.finish([g.identityAs(g.Relu(h), "y"), g.identityAs(g.Exp(g.Neg(h)), "z")]));
}

/** Descent on the square of theta, as training programs are made: state, rows by trip, one output a trip. */
function descent(): Model {
  const g = new Builder("descent");
  const trips = g.input("trips", "int64", []);
  const start = g.input("theta", "float32", [4]);
  const rates = g.input("rates", "float32", ["trips"]);
  const data = g.input("data", "float32", ["examples", 4]);
  const order = g.input("order", "int64", ["trips", 2]);
  const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
  const body = g.subgraph(
    "body",
    [
      { name: "trip", dtype: "int64", shape: [] },
      { name: "going", dtype: "bool", shape: [] },
      { name: "theta", dtype: "float32", shape: [4] },
    ],
    (b, trip, goes, theta) => {
      if (trip === undefined || goes === undefined || theta === undefined) throw new Error("three inputs");
      const rows = b.Gather(data, b.Gather(order, trip, { axis: 0 }), { axis: 0 });
      const error = b.Sub(theta, b.ReduceMean(rows, b.i64([0]), { keepdims: 0 }));
      const next = b.Sub(theta, b.Mul(error, b.Gather(rates, trip, { axis: 0 })));
      return [goes, next, b.ReduceSum(b.Mul(error, error), undefined, { keepdims: 0 })];
    },
  );
  const [theta, losses] = g.op("Loop", [trips, going, start], { body }, 2);
  if (theta === undefined || losses === undefined) throw new Error("two outputs");
  return modelOf(g.finish([g.identityAs(theta, "theta_out"), g.identityAs(losses, "losses")]));
}

function descentFeeds(trips: number, data: Tensor): Record<string, Tensor> {
  const each = <T>(of: (i: number) => T) => Array.from({ length: trips }, (_, i) => of(i));
  return {
    trips: tensor("int64", [], [trips]),
    theta: tensor("float32", [4], [1, 2, 3, 4]),
    rates: tensor(
      "float32",
      [trips],
      each((i) => 0.1 + (i % 3) * 0.1),
    ),
    data,
    order: tensor("int64", [trips, 2], each((i) => [i % 3, (i + 1) % 3]).flat()),
  };
}

export const runtimeCases: readonly RuntimeCase[] = [
  {
    name: "carries every type through",
    async run(runtime) {
      const found: string[] = [];
      for (const dtype of DTYPES) {
        const g = new Builder("pass");
        const x = g.input("x", dtype, [2, 3]);
        await using session = await runtime.load(modelOf(g.finish([g.identityAs(x, "y")])));
        const data = allocate(dtype, 6);
        for (let i = 0; i < 6; i++) {
          if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(i) ** 20n;
          else
            (data as Float32Array)[i] = dtype === "bool" ? i % 2 : dtype === "float16" ? 15_360 + i : i * 7;
        }
        const { y } = await session.run({ x: { dtype, dims: [2, 3], data } });
        if (y?.dtype !== dtype || String(y.data) !== String(data) || y.dims.join() !== "2,3")
          found.push(`${dtype}: ${data} came back as ${y?.dtype} ${y?.data}`);
      }
      return found;
    },
  },
  {
    name: "agrees with the reference, at every batch size",
    async run(runtime) {
      const model = layer();
      await using session = await runtime.load(model);
      const found: string[] = [];
      for (const n of [1, 5, 64]) {
        const x = tensor(
          "float32",
          [n, 3],
          Array.from({ length: 3 * n }, (_, i) => Math.sin(i)),
        );
        const want = interpret(model.graph, { x: refOf(x) });
        const have = await session.run({ x });
        for (const name of ["y", "z"]) found.push(...compare(name, want[name]?.data ?? [], have[name]));
      }
      return found;
    },
  },
  {
    name: "gives only the outputs that are asked for",
    async run(runtime) {
      await using session = await runtime.load(layer());
      const out = await session.run({ x: tensor("float32", [1, 3], [1, 2, 3]) }, ["z"]);
      return Object.keys(out).join() === "z" ? [] : [`gave ${Object.keys(out)}`];
    },
  },
  {
    name: "runs a loop with state, rows and one output a trip, again and with other data",
    async run(runtime) {
      const model = descent();
      await using session = await runtime.load(model);
      const found: string[] = [];
      const a = tensor("float32", [3, 4], [1, 0, 2, 0, 3, 1, 1, 1, 0, 0, 5, 9]);
      const b = tensor("float32", [3, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2]);
      for (const [trips, data] of [
        [1, a],
        [5, a],
        [5, b],
        [300, a],
        [0, b],
      ] as const) {
        const feeds = descentFeeds(trips, data);
        const want = interpret(
          model.graph,
          Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, refOf(t)])),
        );
        const have = await session.run(feeds);
        for (const name of ["theta_out", "losses"])
          found.push(...compare(`${trips} trips, ${name}`, want[name]?.data ?? [], have[name]));
      }
      return found;
    },
  },
  {
    name: "runs on after a run that failed",
    async run(runtime) {
      await using session = await runtime.load(layer());
      const found: string[] = [];
      const wrong = await codeOf(session.run({ x: tensor("float32", [2, 2], [1, 2, 3, 4]) }));
      if (wrong !== "runtime_run") found.push(`wrong shape: ${wrong}`);
      const { y } = await session.run({ x: tensor("float32", [1, 3], [1, 1, 1]) });
      found.push(...compare("y", [0, 7.5], y));
      return found;
    },
  },
  {
    name: "refuses what is no model",
    async run(runtime) {
      const code = await codeOf(runtime.load(Uint8Array.of(1, 2, 3, 4)));
      return /^runtime_load$|^onnx_|^not_onnx|^corrupt/.test(code) ? [] : [code];
    },
  },
  {
    name: "refuses runs after it was disposed of, twice if need be",
    async run(runtime) {
      const session = await runtime.load(layer());
      await session[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
      const code = await codeOf(session.run({ x: tensor("float32", [1, 3], [1, 2, 3]) }));
      return code === "session_released" ? [] : [code];
    },
  },
  {
    name: "takes runs of several sessions at once, a failing one among them",
    async run(runtime) {
      await using first = await runtime.load(layer());
      await using second = await runtime.load(layer());
      const runs = Array.from({ length: 12 }, (_, i) => {
        const bad = i === 4;
        const x = tensor("float32", bad ? [3, 1] : [1, 3], [i, 1, 1]);
        return (i % 2 === 0 ? first : second).run({ x });
      });
      const done = await Promise.allSettled(runs);
      return done.flatMap((it, i) => {
        if (i === 4) return it.status === "rejected" ? [] : ["a wrong shape was taken"];
        if (it.status === "rejected") return [`run ${i}: ${it.reason}`];
        return compare(`run ${i}`, [Math.max(0, i - 1.5), Math.max(0, 9.5 - 2 * i)], it.value.y);
      });
    },
  },
];

function compare(name: string, want: ArrayLike<number>, have: Tensor | undefined): string[] {
  if (have === undefined) return [`${name}: no result`];
  const values = numbersOf(have);
  if (values.length !== want.length) return [`${name}: ${values.length} numbers, not ${want.length}`];
  const at = values.findIndex((v, i) => {
    const w = want[i] ?? Number.NaN;
    return !(Math.abs(v - w) <= TOLERANCE * Math.max(1, Math.abs(w)));
  });
  return at < 0 ? [] : [`${name}: element ${at} is ${values[at]}, not ${want[at]}`];
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof MorphError ? error.code : String(error);
  }
}
