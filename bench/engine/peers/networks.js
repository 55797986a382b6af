/**
 * The workloads for JavaScript libraries, written once over the few operations of an adapter `o` (see jax.js and tfjs.js).
 * `p` are the parameters in the order of our declaration, `x` the batch's inputs. What is not here they cannot run, or
 * not in reasonable time: `CANNOT` says why.
 */

const linear = (o, x, w, b) => o.add(o.matmul(x, o.transpose(w, [1, 0])), b);

function layerNorm(o, x, scale, shift) {
  const centred = o.sub(x, o.mean(x, -1));
  const variance = o.mean(o.mul(centred, centred), -1);
  return o.add(o.mul(o.div(centred, o.sqrt(o.add(variance, o.scalar(1e-5)))), scale), shift);
}

function kanLayer(o, x, spline, base, batch, inputs, outputs) {
  const width = 2 / 5;
  const centres = o.vector(Array.from({ length: 8 }, (_, j) => (-1 + (j - 1) * width) / width));
  const scaled = o.reshape(o.mul(x, o.scalar(1 / width)), [batch, inputs, 1]);
  const distance = o.abs(o.sub(scaled, centres));
  const outer = o.relu(o.sub(o.scalar(2), distance));
  const inner = o.relu(o.sub(o.scalar(1), distance));
  const cube = (v, by) => o.mul(o.mul(v, v), o.mul(v, o.scalar(by)));
  const basis = o.reshape(o.sub(cube(outer, 1 / 6), cube(inner, 4 / 6)), [batch, inputs * 8]);
  const smooth = o.matmul(o.mul(x, o.sigmoid(x)), o.transpose(base, [1, 0]));
  return o.add(smooth, o.matmul(basis, o.transpose(o.reshape(spline, [outputs, inputs * 8]), [1, 0])));
}

export const NETWORKS = {
  mlp: (o, p, [x]) => {
    const hidden1 = o.relu(linear(o, x, p[0], p[1]));
    return linear(o, o.relu(linear(o, hidden1, p[2], p[3])), p[4], p[5]);
  },

  kan: (o, p, [x]) => kanLayer(o, kanLayer(o, x, p[0], p[1], 128, 64, 64), p[2], p[3], 128, 64, 10),

  gcn: (o, p, [x], { edges }) => {
    const { matrix, scale } = o.constants(() => adjacency(o, edges, 1000));
    const layer = (h, w, b) => o.add(o.mul(o.matmul(matrix, o.mul(o.matmul(h, w), scale)), scale), b);
    const h = o.relu(layer(o.relu(layer(x, p[0], p[1])), p[2], p[3]));
    return layer(h, p[4], p[5]);
  },

  lstm: (o, p, [x]) => {
    const [batch, steps, size] = [32, 64, 128];
    const [w, r, b] = p;
    const bias = o.add(o.slice(b, [0], [4 * size]), o.slice(b, [4 * size], [4 * size]));
    const flat = o.reshape(o.transpose(x, [1, 0, 2]), [steps * batch, size]);
    const projected = linear(o, flat, w, bias);
    const turned = o.transpose(r, [1, 0]);
    let h;
    let c;
    for (let t = 0; t < steps; t++) {
      let z = o.slice(projected, [t * batch, 0], [batch, 4 * size]);
      if (h !== undefined) z = o.add(z, o.matmul(h, turned));
      const [i, out, f, g] = [0, 1, 2, 3].map((k) => o.slice(z, [0, k * size], [batch, size]));
      const fresh = o.mul(o.sigmoid(i), o.tanh(g));
      c = c === undefined ? fresh : o.add(o.mul(o.sigmoid(f), c), fresh);
      h = o.mul(o.sigmoid(out), o.tanh(c));
    }
    return linear(o, h, p[3], p[4]);
  },

  transformer: (o, p, [tokens]) => {
    const [batch, length, width, heads, layers] = [16, 128, 128, 4, 4];
    const per = width / heads;
    const wide = (x, w, b) => linear(o, o.reshape(x, [batch * length, width]), w, b);
    let h = o.add(o.take(p[1], tokens, [batch, length, width]), p[0]);
    for (let i = 0; i < layers; i++) {
      const q = p.slice(2 + 12 * i, 14 + 12 * i);
      const joint = o.reshape(wide(layerNorm(o, h, q[0], q[1]), q[2], q[3]), [batch, length, 3, heads, per]);
      const split = o.transpose(joint, [2, 0, 3, 1, 4]);
      const [queries, keys, values] = [0, 1, 2].map((k) =>
        o.reshape(o.slice(split, [k, 0, 0, 0, 0], [1, batch, heads, length, per]), [
          batch,
          heads,
          length,
          per,
        ]),
      );
      const scores = o.mul(o.matmul(queries, o.transpose(keys, [0, 1, 3, 2])), o.scalar(1 / Math.sqrt(per)));
      const mixed = o.transpose(o.matmul(o.softmax(scores), values), [0, 2, 1, 3]);
      h = o.add(h, o.reshape(wide(mixed, q[4], q[5]), [batch, length, width]));
      const inner = wide(layerNorm(o, h, q[6], q[7]), q[8], q[9]);
      const gelu = o.mul(
        o.mul(inner, o.scalar(0.5)),
        o.add(o.erf(o.mul(inner, o.scalar(Math.SQRT1_2))), o.scalar(1)),
      );
      h = o.add(h, o.reshape(linear(o, gelu, q[10], q[11]), [batch, length, width]));
    }
    const [scale, shift, w, b] = p.slice(2 + 12 * layers);
    return linear(o, o.reshape(o.mean(layerNorm(o, h, scale, shift), 1), [batch, width]), w, b);
  },

  cnn: (o, p, [image]) => {
    let h = image;
    for (let i = 0; i < 3; i++) {
      const [w, scale, shift] = p.slice(3 * i, 3 * i + 3);
      h = o.relu(batchNorm(o, o.conv(h, w), scale, shift));
      if (i < 2) h = o.maxPool(h);
    }
    return linear(o, o.planeMean(h), p[9], p[10]);
  },
};

function batchNorm(o, x, scale, shift) {
  const centred = o.sub(x, o.channelMean(x));
  const variance = o.channelMean(o.mul(centred, centred));
  const unit = o.div(centred, o.sqrt(o.add(variance, o.scalar(1e-5))));
  return o.add(o.mul(unit, o.perChannel(scale)), o.perChannel(shift));
}

function adjacency(o, { dims, data }, nodes) {
  const count = dims[1];
  const matrix = new Float32Array(nodes * nodes);
  for (let i = 0; i < count; i++) matrix[Number(data[count + i]) * nodes + Number(data[i])] = 1;
  for (let i = 0; i < nodes; i++) matrix[i * nodes + i] = 1;
  const scale = Float32Array.from(
    { length: nodes },
    (_, i) => 1 / Math.sqrt(matrix.subarray(i * nodes, (i + 1) * nodes).reduce((a, b) => a + b, 0)),
  );
  return { matrix: o.array(matrix, [nodes, nodes]), scale: o.array(scale, [nodes, 1]) };
}

const TOO_MUCH = "not written for JavaScript libraries: the plain CNN shows what their convolutions do";

/** Why a library does not run a workload. */
export const CANNOT = {
  mobile: { "jax-js": TOO_MUCH, "tfjs-wasm": TOO_MUCH, "tfjs-cpu": TOO_MUCH },
  resnet20: { "jax-js": TOO_MUCH, "tfjs-wasm": TOO_MUCH, "tfjs-cpu": TOO_MUCH },
};
