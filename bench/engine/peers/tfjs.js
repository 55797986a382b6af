/** TensorFlow.js's side of a case: node tfjs.js CASE_FOLDER tfjs-wasm|tfjs-cpu WORKLOAD. */
import { createRequire } from "node:module";
import { converse } from "./talk.js";

const require = createRequire(import.meta.url);

function adapter(tf) {
  let known;
  const conv = (x, w) => tf.conv2d(x, tf.transpose(w, [2, 3, 1, 0]), 1, "same");
  return {
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    matmul: tf.matMul,
    transpose: tf.transpose,
    reshape: tf.reshape,
    relu: tf.relu,
    sigmoid: tf.sigmoid,
    tanh: tf.tanh,
    sqrt: tf.sqrt,
    erf: tf.erf,
    abs: tf.abs,
    softmax: (x) => tf.softmax(x, -1),
    mean: (x, axis) => tf.mean(x, axis, true),
    slice: tf.slice,
    scalar: (v) => tf.scalar(v),
    vector: (v) => tf.tensor1d(v),
    array: (data, dims) => tf.tensor(data, dims),
    take: (table, rows) => tf.gather(table, rows),
    // Images are [N, H, W, C] here: the only layout of these backends.
    conv,
    maxPool: (x) => tf.maxPool(x, 2, 2, "valid"),
    planeMean: (x) => tf.mean(x, [1, 2]),
    channelMean: (x) => tf.mean(x, [0, 1, 2], true),
    perChannel: (v) => v,
    constants: (make) => {
      known ??= make();
      return known;
    },
  };
}

await converse(async (name, it, network) => {
  const tf = require("@tensorflow/tfjs");
  tf.env().set("PROD", true);
  if (name === "tfjs-wasm") {
    const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(new URL(".", `file://${require.resolve("@tensorflow/tfjs-backend-wasm")}`).pathname);
    await tf.setBackend("wasm");
  } else await tf.setBackend("cpu");
  await tf.ready();
  const o = adapter(tf);
  const edges = it.extras;
  if (edges.edges !== undefined)
    network(
      o,
      it.params.map((p) => tf.tensor(p.data, p.dims)),
      it.inputs.map((x) => tf.tensor(x.data, x.dims)),
      edges,
    );
  const params = it.params.map((p) => tf.variable(tf.tensor(p.data, p.dims)));
  const slots = it.optimizer === "adamw" ? 2 : 1;
  const state = it.params.map((p) => Array.from({ length: slots }, () => tf.variable(tf.zeros(p.dims))));
  const [beta1, beta2] = [0.9, 0.999];
  let t = 0;
  return {
    version: tf.version.tfjs,
    step(inputs, labels) {
      t++;
      return tf.tidy(() => {
        const x = inputs.map(({ dims, data, dtype }) => {
          const tensor = tf.tensor(data, dims, dtype);
          return dims.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
        });
        const targets = tf.oneHot(tf.tensor1d(labels, "int32"), it.classes).toFloat();
        const { value, grads } = tf.variableGrads(
          () => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(network(o, params, x, edges)), targets), -1))),
          params,
        );
        params.forEach((p, i) => {
          const grad = grads[p.name];
          const [m, v] = state[i];
          if (it.optimizer === "adamw") {
            m.assign(tf.add(tf.mul(m, beta1), tf.mul(grad, 1 - beta1)));
            v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(grad), 1 - beta2)));
            const root = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - beta2 ** t)), 1e-8);
            const moved = tf.div(tf.mul(m, it.learningRate / (1 - beta1 ** t)), root);
            const kept = p.shape.length > 1 ? tf.mul(p, 1 - it.learningRate * 0.01) : p;
            p.assign(tf.sub(kept, moved));
          } else {
            m.assign(tf.add(tf.mul(m, 0.9), grad));
            p.assign(tf.sub(p, tf.mul(m, it.learningRate)));
          }
        });
        return value.dataSync()[0];
      });
    },
  };
});
