import { unwrap } from "../../base/index.js";
import type { DType } from "../../ir/index.js";
import { multiplyInto } from "../product.js";
import { type RefTensor, ref } from "../reference.js";
import { type Sliding, sliding, type WindowAttributes, windowRule } from "./window.js";

/** Numbers in one block of columns: about a megabyte, so that it stays in the cache while all filters read it. */
const BLOCK = 1 << 17;

/**
 * Cross-correlation in float64, any number of spatial axes: x [N, C, spatial...], w [M, C/group, kernel...], b [M].
 * Each group is a product of its filters with columns of the input (im2col), a block of output places at a time.
 */
export function convRef(
  x: RefTensor,
  w: RefTensor,
  b: RefTensor | undefined,
  attrs: WindowAttributes & { readonly group: number },
  dtype: DType = x.dtype,
): RefTensor {
  const [n = 1, c = 1, ...input] = x.dims;
  const [m = 1, perGroup = 1, ...kernel] = w.dims;
  const rule = unwrap(windowRule(attrs, input, kernel), "Conv");
  const output = rule.output.map(Number);
  const tables = tapTables(input, output, sliding(rule));
  const out = ref(dtype, [n, m, ...output]);
  const inSize = input.reduce((size, d) => size * d, 1);
  const outSize = output.reduce((size, d) => size * d, 1);
  if (outSize === 0 || inSize === 0) return out;
  const rows = perGroup * tables.length;
  const filters = m / attrs.group;
  const width = Math.max(64, Math.min(outSize, Math.floor(BLOCK / rows)));
  const columns = new Float64Array(rows * width);
  if (b !== undefined) {
    for (let f = 0; f < n * m; f++) out.data.fill(b.data[f % m] ?? 0, f * outSize, (f + 1) * outSize);
  }
  for (let image = 0; image < n; image++) {
    for (let group = 0; group < attrs.group; group++) {
      const channel = image * c + group * perGroup;
      const filter = { data: w.data, at: group * filters * rows, step: rows };
      for (let start = 0; start < outSize; start += width) {
        const count = Math.min(width, outSize - start);
        fillColumns(columns, width, x.data, { channel, perGroup, inSize }, tables, start, count);
        const to = { data: out.data, at: (image * m + group * filters) * outSize + start, step: outSize };
        multiplyInto(to, filter, { data: columns, at: 0, step: width }, filters, rows, count);
      }
    }
  }
  return out;
}

function fillColumns(
  columns: Float64Array,
  width: number,
  x: Float64Array,
  { channel, perGroup, inSize }: { channel: number; perGroup: number; inSize: number },
  tables: readonly Int32Array[],
  start: number,
  count: number,
): void {
  for (let ci = 0; ci < perGroup; ci++) {
    const from = (channel + ci) * inSize;
    for (const [t, table] of tables.entries()) {
      const row = (ci * tables.length + t) * width;
      for (let j = 0; j < count; j++) {
        const place = table[start + j] as number;
        columns[row + j] = place < 0 ? 0 : (x[from + place] as number);
      }
    }
  }
}

/** For each place of the kernel, the input place that every output place meets there; −1 in the padding. */
function tapTables(input: readonly number[], output: readonly number[], window: Sliding): Int32Array[] {
  let tables = [Int32Array.of(0)];
  for (const [axis, length] of input.entries()) {
    const places = output[axis] ?? 1;
    tables = tables.flatMap((outer) =>
      Array.from({ length: window.kernel[axis] ?? 1 }, (_, k) => {
        const table = new Int32Array(outer.length * places);
        for (let o = 0; o < outer.length; o++) {
          for (let i = 0; i < places; i++) {
            const at =
              i * (window.strides[axis] ?? 1) -
              (window.before[axis] ?? 0) +
              k * (window.dilations[axis] ?? 1);
            const inside = (outer[o] ?? -1) >= 0 && at >= 0 && at < length;
            table[o * places + i] = inside ? (outer[o] ?? 0) * length + at : -1;
          }
        }
        return table;
      }),
    );
  }
  return tables;
}
