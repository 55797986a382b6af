import { type Dim, dim, issue } from "../../base/index.js";
import { numbersOf, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { type Arg, defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * The boxes to keep, int64 [kept, 3] (image, class, box): of each class those of best score that overlap no box
     * kept before by more than `iouThreshold` (0 where left out). `boxes` [N, B, 4]: two opposite corners y1, x1, y2,
     * x2, or with center_point_box the centre x, y, width and height; `scores` [N, classes, B]. At most `most` boxes
     * an image and class, none where it is left out; only those whose score is above `scoreThreshold`.
     */
    NonMaxSuppression(
      boxes: Value,
      scores: Value,
      most?: Value,
      iouThreshold?: Value,
      scoreThreshold?: Value,
      attrs?: { center_point_box?: 0 | 1 },
    ): Value;
  }
}

interface Box {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
}

/** Ends, areas and the quotient of one pair of boxes. */
const OVERLAP_FLOPS = 15;

const CORNERS = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101];
const CENTRES = [
  0.5, 0.5, 1, 1, 0.5, 0.6, 1, 1, 0.5, 0.4, 1, 1, 0.5, 10.5, 1, 1, 0.5, 10.6, 1, 1, 0.5, 100.5, 1, 1,
];

/** Greedy choice of boxes: the best one, then the best that overlaps none of those chosen, and so on. */
export const NonMaxSuppression = defineOp({
  type: "NonMaxSuppression",
  since: 11,
  doc: "Places of the boxes of best score that overlap no better box by more than a threshold.",
  inputs: ["boxes", "scores", "most?", "iouThreshold?", "scoreThreshold?"],
  outputs: ["y"],
  attributes: { center_point_box: attr.int(0) },
  infer({ boxes, scores }) {
    const [images, count, four] = boxes.shape;
    const wrong =
      boxes.shape.length !== 3 ||
      scores.shape.length !== 3 ||
      dim.conflict(four ?? 4, 4) ||
      dim.conflict(images ?? 1, scores.shape[0] ?? 1) ||
      dim.conflict(count ?? 1, scores.shape[2] ?? 1);
    if (wrong) {
      return issue("boxes_shape", {
        expected: "boxes [N, B, 4] and scores [N, classes, B]",
        received: `${dim.format(boxes.shape)} and ${dim.format(scores.shape)}`,
      });
    }
    return { y: { dtype: "int64" as const, shape: [dim.unknown(), 3] } };
  },
  // The most that it can be: every box against all that are kept.
  cost({ boxes, scores, most }) {
    const count = boxes.shape[1] ?? 0;
    return { flops: dim.mul(OVERLAP_FLOPS, ...scores.shape, kept(most, count)) };
  },
  evaluate({ boxes, scores, most, iouThreshold, scoreThreshold }, { center_point_box: centre }) {
    const [images = 0, classes = 0, count = 0] = scores.dims;
    const limit = Math.max(0, most?.data[0] ?? 0);
    const [overlap, least] = [iouThreshold?.data[0] ?? 0, scoreThreshold?.data[0]];
    const rows: number[] = [];
    for (let image = 0; image < images; image++) {
      const all = Array.from({ length: count }, (_, i) =>
        boxOf(boxes.data.subarray((image * count + i) * 4), centre === 1),
      );
      for (let kind = 0; kind < classes; kind++) {
        const own = scores.data.subarray((image * classes + kind) * count);
        const order = all
          .map((_, i) => i)
          .filter((i) => least === undefined || (own[i] ?? 0) > least)
          .sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0) || a - b);
        const chosen: Box[] = [];
        for (const i of order) {
          if (chosen.length >= limit) break;
          const box = all[i];
          if (box === undefined || chosen.some((other) => overlapOf(box, other) > overlap)) continue;
          chosen.push(box);
          rows.push(image, kind, i);
        }
      }
    }
    return { y: ref("int64", [rows.length / 3, 3], Float64Array.from(rows)) };
  },
  grad: "zero",
  samples: [
    boxes(CORNERS, [0.9, 0.75, 0.6, 0.95, 0.5, 0.3], { most: 3, overlap: 0.5, least: 0 }),
    boxes(CENTRES, [0.9, 0.75, 0.6, 0.95, 0.5, 0.3], { most: 3, overlap: 0.5, least: 0.4, centre: 1 }),
    // Corners in any order, equal scores, a box without an area.
    boxes([1, 1, 0, 0, 0, 0.1, 1, 1.1, 0.2, 0.2, 0.2, 0.9], [0.5, 0.5, 0.4], { most: 5, overlap: 0.5 }),
    {
      inputs: {
        boxes: { dims: [2, 4, 4], low: 0, high: 1 },
        scores: { dims: [2, 3, 4], low: 0, high: 1 },
        most: { dims: [1], dtype: "int64", values: [2], feed: true },
      },
    },
    { inputs: { boxes: { dims: [1, 3, 4], low: 0, high: 1 }, scores: { dims: [1, 1, 3], low: 0, high: 1 } } },
  ],
});

/** One image and one class. */
function boxes(
  corners: readonly number[],
  scores: readonly number[],
  attrs: {
    readonly most: number;
    readonly overlap: number;
    readonly least?: number;
    readonly centre?: number;
  },
) {
  const number = (value: number) => ({ dims: [1], values: [Math.fround(value)] });
  return {
    inputs: {
      boxes: { dims: [1, corners.length / 4, 4], values: corners.map(Math.fround), feed: true },
      scores: { dims: [1, 1, scores.length], values: scores.map(Math.fround), feed: true },
      most: { dims: [1], dtype: "int64" as const, values: [attrs.most] },
      iouThreshold: number(attrs.overlap),
      ...(attrs.least === undefined ? {} : { scoreThreshold: number(attrs.least) }),
    },
    attrs: { center_point_box: attrs.centre ?? 0 },
  };
}

/** How many boxes can be kept of `count`. */
function kept(most: Arg | undefined, count: Dim): Dim {
  if (most === undefined) return 0;
  const limit = most.constant === undefined ? undefined : numbersOf(most.constant)[0];
  if (limit === undefined) return count;
  return typeof count === "number" ? Math.min(count, Math.max(0, limit)) : Math.max(0, limit);
}

function boxOf(four: Float64Array, centre: boolean): Box {
  const [a = 0, b = 0, c = 0, d = 0] = four;
  if (centre) return { x1: a - c / 2, x2: a + c / 2, y1: b - d / 2, y2: b + d / 2 };
  return { y1: Math.min(a, c), y2: Math.max(a, c), x1: Math.min(b, d), x2: Math.max(b, d) };
}

/** Intersection over union; 0 where there is none. */
function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  const areas = [a, b].map((box) => (box.x2 - box.x1) * (box.y2 - box.y1));
  const [first = 0, second = 0] = areas;
  if (!(width > 0 && height > 0 && first > 0 && second > 0)) return 0;
  const both = width * height;
  return both / (first + second - both);
}
