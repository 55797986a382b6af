/** The blocks of the FBNetV3 family, from the authors' released definitions (arXiv:2006.02049). */
export type FbnetVariant = "a" | "b" | "c" | "d" | "e" | "f" | "g";

export interface FbnetRow {
  readonly kernel: number;
  readonly channels: number;
  /** Of the first block of the row. */
  readonly stride: number;
  readonly count: number;
  readonly expansion: number;
  readonly squeezeExcite: boolean;
  /** Of the depthwise convolution, where it is not "same". */
  readonly padding?: number;
}

export interface FbnetNetwork {
  readonly stem: number;
  readonly blocks: readonly FbnetRow[];
  readonly pool: { readonly channels: number; readonly expansion: number };
  /**
   * The authors' model zoo: weights of convolutions and classifier (no biases, no normalisation), and multiply-adds with
   * the inputs of the last average pooling counted in.
   */
  readonly published: { readonly weights: number; readonly macs: number };
}

type Row = readonly [
  kernel: number,
  channels: number,
  stride: number,
  count: number,
  expansion: number,
  squeezeExcite: 0 | 1,
  padding?: number,
];

function network(stem: number, rows: readonly Row[], weights: number, macs: number): FbnetNetwork {
  const blocks = rows.map(([kernel, channels, stride, count, expansion, se, padding]) => ({
    kernel,
    channels,
    stride,
    count,
    expansion,
    squeezeExcite: se === 1,
    padding,
  }));
  return { stem, blocks, pool: { channels: 1984, expansion: 6 }, published: { weights, macs } };
}

const A: readonly Row[] = [
  [3, 16, 1, 2, 1, 0],
  [5, 24, 2, 1, 4, 0],
  [5, 24, 1, 3, 2, 0],
  [5, 40, 2, 1, 5, 1],
  [5, 40, 1, 4, 3, 1],
  [5, 72, 2, 1, 5, 0, 1],
  [3, 72, 1, 4, 3, 0],
  [3, 120, 1, 1, 5, 1],
  [5, 120, 1, 5, 3, 1],
  [3, 184, 2, 1, 6, 1, 0],
  [5, 184, 1, 5, 4, 1],
  [5, 224, 1, 1, 6, 1],
];

export const FBNET_V3: Readonly<Record<FbnetVariant, FbnetNetwork>> = {
  a: network(16, A, 8_542_224, 356_598_280),
  b: network(16, A, 8_542_224, 461_550_136),
  c: network(
    16,
    [
      [3, 16, 1, 2, 1, 0],
      [5, 24, 2, 1, 5, 0],
      [3, 24, 1, 4, 3, 0],
      [5, 48, 2, 1, 5, 1],
      [5, 48, 1, 4, 2, 1],
      [5, 88, 2, 1, 4, 0, 1],
      [3, 88, 1, 4, 3, 0],
      [3, 120, 1, 1, 4, 1],
      [5, 120, 1, 5, 3, 1],
      [5, 216, 2, 1, 5, 1, 1],
      [5, 216, 1, 5, 5, 1],
      [5, 216, 1, 1, 6, 1],
    ],
    9_907_136,
    556_969_904,
  ),
  d: network(
    24,
    [
      [3, 16, 1, 2, 1, 0],
      [3, 24, 2, 1, 5, 0],
      [3, 24, 1, 5, 2, 0],
      [5, 40, 2, 1, 4, 1],
      [3, 40, 1, 4, 3, 1],
      [3, 72, 2, 1, 5, 0],
      [3, 72, 1, 4, 3, 0],
      [3, 128, 1, 1, 5, 1],
      [5, 128, 1, 6, 3, 1],
      [3, 208, 2, 1, 6, 1],
      [5, 208, 1, 5, 5, 1],
      [5, 240, 1, 1, 6, 1],
    ],
    10_237_552,
    644_420_352,
  ),
  e: network(
    24,
    [
      [3, 16, 1, 3, 1, 0],
      [5, 24, 2, 1, 4, 0],
      [5, 24, 1, 4, 2, 0],
      [5, 48, 2, 1, 4, 1],
      [5, 48, 1, 4, 3, 1],
      [5, 80, 2, 1, 5, 0, 1],
      [3, 80, 1, 4, 3, 0],
      [3, 128, 1, 1, 5, 1],
      [5, 128, 1, 7, 3, 1],
      [3, 216, 2, 1, 6, 1],
      [5, 216, 1, 5, 5, 1],
      [5, 240, 1, 1, 6, 1],
    ],
    10_699_464,
    762_046_336,
  ),
  f: network(
    24,
    [
      [3, 24, 1, 3, 1, 0],
      [5, 32, 2, 1, 4, 0],
      [5, 32, 1, 4, 2, 0],
      [5, 56, 2, 1, 4, 1],
      [5, 56, 1, 4, 3, 1],
      [5, 88, 2, 1, 5, 0],
      [3, 88, 1, 4, 3, 0],
      [3, 144, 1, 1, 5, 1],
      [5, 144, 1, 8, 3, 1],
      [3, 248, 2, 1, 6, 1, 0],
      [5, 248, 1, 6, 5, 1],
      [5, 272, 1, 1, 6, 1],
    ],
    13_803_072,
    1_181_644_520,
  ),
  g: network(
    32,
    [
      [3, 24, 1, 3, 1, 0],
      [5, 40, 2, 1, 4, 0],
      [5, 40, 1, 4, 2, 0],
      [5, 56, 2, 1, 4, 1],
      [5, 56, 1, 4, 3, 1],
      [5, 104, 2, 1, 5, 0],
      [3, 104, 1, 4, 3, 0],
      [3, 160, 1, 1, 5, 1],
      [5, 160, 1, 8, 3, 1],
      [3, 264, 2, 1, 6, 1],
      [5, 264, 1, 6, 5, 1],
      [5, 288, 1, 2, 6, 1],
    ],
    16_513_648,
    2_129_656_384,
  ),
};
