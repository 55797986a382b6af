// TensorFlow.js as a contestant of the browser benchmark: the networks of examples/browser/networks.ts, with Adam,
// written for tfjs-core. Bundled by examples/browser/build.js where the packages are installed.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-webgl";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";

/** @param {string} folder where the page serves the .wasm files of tfjs-backend-wasm */
export async function loadTfjs(folder) {
  setWasmPaths(folder);
  const backends = [];
  for (const name of ["wasm", "webgl", "cpu"]) {
    try {
      if (await tf.setBackend(name)) backends.push(name);
    } catch {
      // Not in this browser.
    }
  }
  return { version: tf.version_core, backends, start };
}

async function start(backend, workload, pixels, labels, batchSize) {
  await tf.setBackend(backend);
  await tf.ready();
  const network = workload === "mlp" ? perceptron() : convolutions();
  const optimizer = tf.train.adam(1e-3);
  const images = tf.tensor4d(pixels, [labels.length, 28, 28, 1]);
  const classes = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), 10).toFloat());
  let at = 0;
  return {
    async step() {
      const from = (at++ * batchSize) % (labels.length - batchSize + 1);
      const loss = optimizer.minimize(
        () => {
          const x = tf.slice(images, [from, 0, 0, 0], [batchSize, 28, 28, 1]);
          const y = tf.slice(classes, [from, 0], [batchSize, 10]);
          return tf.losses.softmaxCrossEntropy(y, network.forward(x));
        },
        true,
        network.variables,
      );
      const [value] = await loss.data();
      loss.dispose();
      return value;
    },
    dispose() {
      for (const v of [...network.variables, images, classes]) v.dispose();
      optimizer.dispose();
    },
  };
}

function weights(shape, fanIn) {
  return tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn), "float32", 1));
}

function perceptron() {
  const sizes = [784, 256, 256, 10];
  const layers = sizes.slice(1).map((size, i) => ({
    w: weights([sizes[i], size], sizes[i]),
    b: tf.variable(tf.zeros([size])),
  }));
  return {
    variables: layers.flatMap(({ w, b }) => [w, b]),
    forward: (x) =>
      layers.reduce(
        (h, { w, b }, i) => {
          const y = tf.add(tf.matMul(h, w), b);
          return i < layers.length - 1 ? tf.relu(y) : y;
        },
        tf.reshape(x, [x.shape[0], 784]),
      ),
  };
}

function convolutions() {
  const filters = [
    { w: weights([3, 3, 1, 16], 9), b: tf.variable(tf.zeros([16])) },
    { w: weights([3, 3, 16, 32], 144), b: tf.variable(tf.zeros([32])) },
  ];
  const out = { w: weights([7 * 7 * 32, 10], 7 * 7 * 32), b: tf.variable(tf.zeros([10])) };
  return {
    variables: [...filters, out].flatMap(({ w, b }) => [w, b]),
    forward(x) {
      const h = filters.reduce(
        (y, { w, b }) => tf.maxPool(tf.relu(tf.add(tf.conv2d(y, w, 1, "same"), b)), 2, 2, "same"),
        x,
      );
      return tf.add(tf.matMul(tf.reshape(h, [x.shape[0], 7 * 7 * 32]), out.w), out.b);
    },
  };
}
