import {
  type Aggregate,
  afterPre,
  type EinModule,
  extentOf,
  type Flow,
  type Im2col,
  type Layer,
  type Split,
} from "./einspace-shapes.js";

export type Width = 16 | 32 | 64 | 128 | 256 | 512 | 1024 | 2048;
export const WIDTHS: readonly Width[] = [16, 32, 64, 128, 256, 512, 1024, 2048];

export function layer(name: Layer): EinModule {
  return { op: "computation", layer: name };
}

export function dense(width: Width): EinModule {
  return layer(`linear${width}`);
}

/** Modules one after another, at least two. */
export function chain(...modules: readonly EinModule[]): EinModule {
  const [last = layer("identity"), ...before] = modules.toReversed();
  return before.reduce((second, first): EinModule => ({ op: "sequential", first, second }), last);
}

function branches(split: Split, branch: EinModule, aggregate: Aggregate, other?: EinModule): EinModule {
  return { op: "branching", split, branch, ...(other === undefined ? {} : { other }), aggregate };
}

/** x + module(x). */
export function shortcut(module: EinModule, around: EinModule = layer("identity")): EinModule {
  return branches("clone2", module, "add", around);
}

/** A convolution: im2col, a linear layer, col2im. */
export function conv(pre: Im2col, width: Width): EinModule {
  return { op: "routing", pre, body: dense(width), post: "col2im" };
}

/** Softmax(Q Kᵀ/√d) V of columns, with d numbers a query, a key and a value. */
export function attentionHead(width: Width): EinModule {
  const keys: EinModule = { op: "routing", pre: "identity", body: dense(width), post: "permute21" };
  const weights = chain(branches("clone2", dense(width), "scaled_dot_product", keys), layer("softmax"));
  return branches("clone2", weights, "dot_product", dense(width));
}

/** Residual layers of ResNet with leaky ReLUs, the first of them with a stride. */
function residualStage(width: Width, blocks: number, stride: 1 | 2, projects: boolean): EinModule[] {
  return Array.from({ length: blocks }, (_, i) => {
    const first = i === 0 && stride === 2;
    const body = chain(
      conv(first ? "im2col_3k2s1p" : "im2col_3k1s1p", width),
      layer("norm"),
      layer("leaky_relu"),
      conv("im2col_3k1s1p", width),
      layer("norm"),
    );
    const around =
      i === 0 && projects
        ? chain(conv(first ? "im2col_1k2s0p" : "im2col_1k1s0p", width), layer("norm"))
        : undefined;
    return chain(shortcut(body, around), layer("leaky_relu"));
  });
}

/** A residual network: stem, then stages of twice the width and half the side. */
export function residualNetwork(stem: Width, stages: readonly [Width, number][]): EinModule {
  return chain(
    conv("im2col_3k1s1p", stem),
    layer("norm"),
    layer("leaky_relu"),
    ...stages.flatMap(([width, blocks], i) =>
      residualStage(width, blocks, i === 0 ? 1 : 2, i > 0 || width !== stem),
    ),
  );
}

/**
 * Tokens of an image: patches of the largest side that leaves 36 of them, or of four pixels where those are sixteen, or
 * pixels. Columns are tokens already.
 */
function patches(flow: Flow): readonly EinModule[] {
  if (flow.shape.length === 2) return [];
  const tokens = (pre: Im2col) => afterPre(pre, flow)?.shape[0] ?? 0;
  const large = (["im2col_16k16s0p", "im2col_8k8s0p", "im2col_4k4s0p"] as const).find(
    (it) => tokens(it) >= 36,
  );
  const pre = large ?? (tokens("im2col_4k4s0p") >= 16 ? "im2col_4k4s0p" : "im2col_1k1s0p");
  return [{ op: "routing", pre, body: layer("identity"), post: "identity" }];
}

/** Tokens in front: the head takes the mean over the last axis. */
const TOKENS_LAST: EinModule = {
  op: "routing",
  pre: "identity",
  body: layer("identity"),
  post: "permute21",
};

/** A vision transformer: patches, positions, layers normalised before, attention of four heads. */
export function visionTransformer(
  flow: Flow,
  { width, head, depth }: { readonly width: Width; readonly head: Width; readonly depth: number },
): EinModule {
  const attention = chain(
    layer("norm"),
    branches("clone4", attentionHead(head), "concat_dim2"),
    dense(width),
  );
  const inner = chain(layer("norm"), dense(width), layer("leaky_relu"), dense(width));
  return chain(
    ...patches(flow),
    dense(width),
    layer("positions"),
    ...Array.from({ length: depth }, () => chain(shortcut(attention), shortcut(inner))),
    layer("norm"),
    TOKENS_LAST,
  );
}

/**
 * An MLP-mixer. Mixing over tokens ends in as many numbers as there are tokens, and linear layers have few widths: so
 * convolutions of stride 2 stand before the tokens until their number is such a width.
 */
export function mlpMixer(
  flow: Flow,
  { width, depth }: { readonly width: Width; readonly depth: number },
): EinModule | undefined {
  const stem = tokensOfAWidth(flow, width);
  if (stem === undefined) return undefined;
  const { modules, tokens } = stem;
  const over = (inner: Width, out: Width) => chain(dense(inner), layer("leaky_relu"), dense(out));
  const across: EinModule = { op: "routing", pre: "permute21", body: over(width, tokens), post: "permute21" };
  const block = chain(
    shortcut(chain(layer("norm"), across)),
    shortcut(chain(layer("norm"), over(width, width))),
  );
  return chain(
    ...modules,
    dense(width),
    ...Array.from({ length: depth }, () => block),
    layer("norm"),
    TOKENS_LAST,
  );
}

/** Modules that bring the input to columns of 16, 32, ... rows; undefined where four convolutions do not. */
function tokensOfAWidth(flow: Flow, width: Width): { modules: EinModule[]; tokens: Width } | undefined {
  const before: EinModule[] = [];
  let at = flow;
  for (let convolutions = 0; convolutions <= 4; convolutions++) {
    if (at.shape.length === 2) {
      const tokens = WIDTHS.find((it) => it === at.shape[0]);
      return tokens === undefined ? undefined : { modules: [layer("norm")], tokens };
    }
    for (const pre of ["im2col_4k4s0p", "im2col_8k8s0p", "im2col_16k16s0p", "im2col_1k1s0p"] as const) {
      const tokens = WIDTHS.find((it) => it === afterPre(pre, at)?.shape[0]);
      if (tokens === undefined || tokens > 256) continue;
      const cut: EinModule = { op: "routing", pre, body: layer("identity"), post: "identity" };
      return { modules: [...before, cut], tokens };
    }
    const next = conv("im2col_3k2s1p", width);
    const extent = extentOf(next, at);
    if (extent === undefined) return undefined;
    before.push(next);
    at = { ...at, shape: extent.shape };
  }
  return undefined;
}

/** Seeds for inputs of a shape; those that do not fit are left out. */
export function einspaceSeeds(flow: Flow): Readonly<Record<string, EinModule>> {
  const image = flow.shape.length === 3;
  const all: Readonly<Record<string, EinModule | undefined>> = {
    resnet18: image
      ? residualNetwork(64, [
          [64, 2],
          [128, 2],
          [256, 2],
          [512, 2],
        ])
      : undefined,
    "wide-resnet16-4": image
      ? residualNetwork(16, [
          [64, 2],
          [128, 2],
          [256, 2],
        ])
      : undefined,
    resnet8: image
      ? residualNetwork(16, [
          [16, 1],
          [32, 1],
          [64, 1],
        ])
      : undefined,
    vit: visionTransformer(flow, { width: 512, head: 64, depth: 4 }),
    "vit-small": visionTransformer(flow, { width: 64, head: 16, depth: 2 }),
    "mlp-mixer": mlpMixer(flow, { width: 256, depth: 4 }),
    "mlp-mixer-small": mlpMixer(flow, { width: 64, depth: 2 }),
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, tree]) =>
      tree !== undefined && extentOf(tree, flow) !== undefined ? [[name, tree]] : [],
    ),
  );
}
