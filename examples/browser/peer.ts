/** TensorFlow.js as the page sees it: a script of its own, made of `bench/peers` where that is installed. */
export interface Peer {
  readonly version: string;
  /** Backends that start here. */
  readonly backends: readonly string[];
  start(
    backend: string,
    workload: "mlp" | "cnn",
    pixels: Float32Array,
    labels: Int32Array,
    batchSize: number,
  ): Promise<PeerTrainer>;
}

export interface PeerTrainer {
  /** One step; done when its loss is on the host. */
  step(): Promise<number>;
  dispose(): void;
}

export async function loadPeer(): Promise<Peer | undefined> {
  const url = new URL("./tfjs.js", self.location.href).href;
  const { ok } = await fetch(url, { method: "HEAD" });
  if (!ok) return undefined;
  const { loadTfjs }: { loadTfjs(folder: string): Promise<Peer> } = await import(url);
  return loadTfjs(new URL("./tfjs/", self.location.href).href);
}
