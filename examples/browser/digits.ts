import { type Dataset, datasetFromArrays } from "morphospace/browser";

const PIXELS = 28 * 28;

/**
 * The digits as the server packs them: three counts (training, validation, test), then all pictures, then all
 * labels, in that order.
 */
export async function loadDigits(url: string): Promise<Dataset> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const bytes = await response.arrayBuffer();
  const [train = 0, validation = 0, test = 0] = new Uint32Array(bytes, 0, 3);
  const count = train + validation + test;
  const part = (from: number, length: number) => ({
    x: new Uint8Array(bytes, 12 + from * PIXELS, length * PIXELS),
    shape: [28, 28],
    y: new Uint8Array(bytes, 12 + count * PIXELS + from, length),
  });
  return datasetFromArrays(
    { train: part(0, train), validation: part(train, validation), test: part(train + validation, test) },
    { name: "mnist" },
  );
}
