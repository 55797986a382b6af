/** jax-js's side of a case: node jax.js CASE_FOLDER jax-js WORKLOAD. Its WebAssembly backend; a step is one jit. */
import { readFileSync } from "node:fs";
import { converse } from "./talk.js";

// Node before 21 has no `navigator`, which the library reads. One worker, as everybody has one thread.
if (globalThis.navigator === undefined) {
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "node", hardwareConcurrency: 1 } });
}

/** Arrays count their readers: each operation takes references, and what was made is let go at the end of a trace. */
function adapter(jax, made) {
  const { numpy: np, nn, lax, scipySpecial } = jax;
  const keep = (y) => {
    made.push(y);
    return y;
  };
  const of =
    (f) =>
    (...xs) =>
      keep(f(...xs.map((x) => x.ref)));
  const on =
    (f) =>
    (x, ...rest) =>
      keep(f(x.ref, ...rest));
  return {
    add: of((a, b) => np.add(a, b)),
    sub: of((a, b) => np.subtract(a, b)),
    mul: of((a, b) => np.multiply(a, b)),
    div: of((a, b) => np.trueDivide(a, b)),
    matmul: of((a, b) => np.matmul(a, b)),
    transpose: on((x, perm) => np.transpose(x, perm)),
    reshape: on((x, dims) => np.reshape(x, dims)),
    relu: of((x) => nn.relu(x)),
    sigmoid: of((x) => nn.sigmoid(x)),
    tanh: of((x) => np.tanh(x)),
    sqrt: of((x) => np.sqrt(x)),
    erf: of((x) => (lax.erf ?? scipySpecial.erf)(x)),
    abs: of((x) => np.absolute(x)),
    softmax: of((x) => nn.softmax(x, -1)),
    logSoftmax: of((x) => nn.logSoftmax(x, -1)),
    mean: on((x, axis) => np.mean(x, axis, { keepdims: true })),
    slice: on((x, starts, sizes) => x.slice(...starts.map((s, i) => [s, s + sizes[i]]))),
    scalar: (v) => keep(np.array(v)),
    vector: (v) => keep(np.array(v)),
    array: (data, dims) => np.array(data).reshape(dims),
    take: (table, rows, dims) => keep(np.reshape(keep(np.take(table.ref, rows.ref, 0)).ref, dims)),
    conv: of((x, w) => lax.convGeneralDilated(x, w, [1, 1], "SAME")),
    maxPool: on((x) => {
      const [n, c, h, w] = x.shape;
      return np.max(np.reshape(x, [n, c, h / 2, 2, w / 2, 2]), [3, 5]);
    }),
    planeMean: on((x) => np.mean(x, [2, 3])),
    channelMean: on((x) => np.mean(x, [0, 2, 3], { keepdims: true })),
    perChannel: on((v) => np.reshape(v, [1, v.shape[0], 1, 1])),
  };
}

await converse(async (_, it, network) => {
  const jax = await import("@jax-js/jax");
  await jax.init();
  jax.defaultDevice("wasm");
  const { numpy: np } = jax;
  const version = JSON.parse(
    readFileSync(new URL("node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
  ).version;
  const constants = new Map();
  const lossOf = (params, x, targets) => {
    const made = [];
    const o = adapter(jax, made);
    o.constants = (make) => {
      if (!constants.has("all")) constants.set("all", make());
      return constants.get("all");
    };
    const logp = o.logSoftmax(network(o, params, x, it.extras));
    const picked = np.sum(np.multiply(logp.ref, targets.ref));
    const loss = np.multiply(picked, np.array(-1 / it.batch));
    for (const y of made) y.dispose();
    for (const y of [...params, ...x, targets]) y.dispose();
    return loss;
  };
  const [beta1, beta2] = [0.9, 0.999];
  const step = jax.jit((params, m, v, x, targets, scale) => {
    const [loss, grads] = jax.valueAndGrad(lossOf)(
      params.map((p) => p.ref),
      x,
      targets,
    );
    // scale: learning rate / (1 - beta1^t), and sqrt(1 - beta2^t).
    const [rate, root] = [scale.ref.slice(0), scale.slice(1)];
    const next = { params: [], m: [], v: [] };
    params.forEach((_, i) => {
      const grad = grads[i];
      if (it.optimizer === "adamw") {
        const mi = m[i].mul(beta1).add(grad.ref.mul(1 - beta1));
        const vi = v[i].mul(beta2).add(np.square(grad).mul(1 - beta2));
        const down = np.sqrt(vi.ref).div(root.ref).add(1e-8);
        const kept = it.params[i].dims.length > 1 ? params[i].mul(1 - it.learningRate * 0.01) : params[i];
        next.params.push(kept.sub(mi.ref.mul(rate.ref).div(down)));
        next.m.push(mi);
        next.v.push(vi);
      } else {
        const mi = m[i].mul(0.9).add(grad);
        next.params.push(params[i].sub(mi.ref.mul(it.learningRate)));
        next.m.push(mi);
        next.v.push(v[i]);
      }
    });
    rate.dispose();
    root.dispose();
    return { ...next, loss };
  });
  let state = {
    params: it.params.map(({ data, dims }) => np.array(data).reshape(dims)),
    m: it.params.map(({ dims }) => np.zeros(dims)),
    v: it.params.map(({ dims }) => np.zeros(dims)),
  };
  let t = 0;
  return {
    version,
    async step(inputs, labels) {
      t++;
      const x = inputs.map(({ data, dims }) => np.array(data).reshape(dims));
      const oneHot = new Float32Array(labels.length * it.classes);
      labels.forEach((label, i) => {
        oneHot[i * it.classes + label] = 1;
      });
      const scale = np.array([it.learningRate / (1 - beta1 ** t), Math.sqrt(1 - beta2 ** t)]);
      const { loss, ...next } = step(
        state.params,
        state.m,
        state.v,
        x,
        np.array(oneHot).reshape([labels.length, it.classes]),
        scale,
      );
      state = next;
      return (await loss.data())[0];
    },
  };
});
