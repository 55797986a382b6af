/** What image sources share: channel statistics and the guess whether mirroring keeps the class. */

/**
 * Mean and standard deviation of pixel values 0..255 per channel, over the chosen images of a block of
 * planar (CHW) images. Counts of byte values make it exact and quick.
 */
export class PixelStatistics {
  private readonly counts: Float64Array;

  constructor(
    private readonly channels: number,
    private readonly plane: number,
  ) {
    this.counts = new Float64Array(channels * 256);
  }

  /** Adds one image of `channels * plane` bytes. */
  add(image: Uint8Array): void {
    for (let c = 0; c < this.channels; c++) {
      for (let i = c * this.plane; i < (c + 1) * this.plane; i++) {
        const bin = c * 256 + (image[i] ?? 0);
        this.counts[bin] = (this.counts[bin] ?? 0) + 1;
      }
    }
  }

  result(): { mean: number[]; std: number[] } {
    const mean: number[] = [];
    const std: number[] = [];
    for (let c = 0; c < this.channels; c++) {
      const bins = this.counts.subarray(c * 256, (c + 1) * 256);
      const total = bins.reduce((a, b) => a + b, 0) || 1;
      const average = bins.reduce((a, n, v) => a + n * v, 0) / total;
      const variance = bins.reduce((a, n, v) => a + n * (v - average) ** 2, 0) / total;
      mean.push(average);
      std.push(variance > 0 ? Math.sqrt(variance) : 1);
    }
    return { mean, std };
  }
}

export function channelMoments(
  pixels: Uint8Array,
  chosen: Int32Array,
  channels: number,
  plane: number,
): { mean: number[]; std: number[] } {
  const statistics = new PixelStatistics(channels, plane);
  const bytes = channels * plane;
  for (const i of chosen) statistics.add(pixels.subarray(i * bytes, (i + 1) * bytes));
  return statistics.result();
}

/**
 * Whether a mirrored image keeps its class, as far as names tell: classes named by numbers or single
 * letters may be characters, which do not.
 */
export function mirrorKeepsClass(classes: readonly string[]): boolean {
  return !classes.every((name) => /^(\d+|\p{L})$/u.test(name));
}
