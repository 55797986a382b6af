import { unknownName } from "../base/index.js";
import { channelResnet } from "./channel-resnet.js";
import { darts } from "./darts.js";
import type { Space } from "./define.js";
import { einspace } from "./einspace.js";
import { fbnetV3Search } from "./fbnet-v3.js";
import { fbnetV3Tiny } from "./fbnet-v3-tiny.js";
import { fbnetV5 } from "./fbnet-v5.js";
import { hierarchical } from "./hierarchical.js";
import { hytra } from "./hytra.js";
import { mobileCnn } from "./mobile-cnn.js";
import { mobileNetV3 } from "./mobilenet-v3.js";
import { nasRl } from "./nas-rl.js";
import { nasRlCell } from "./nas-rl-cell.js";
import { nb101 } from "./nb101.js";
import { nb201 } from "./nb201.js";
import { npde } from "./npde.js";
import { proxyless } from "./proxyless.js";
import { recurrent } from "./recurrent.js";
import { rena } from "./rena.js";
import { tabular } from "./tabular.js";
import { tabularMlp } from "./tabular-mlp.js";
import { tinynetSpace } from "./tinynet.js";
import { transformer } from "./transformer.js";

export * from "./channel-resnet.js";
export * from "./darts.js";
export * from "./define.js";
export * from "./einspace.js";
export * from "./example.js";
export * from "./fbnet-recipe.js";
export * from "./fbnet-v3.js";
export * from "./fbnet-v3-tiny.js";
export * from "./fbnet-v5.js";
export * from "./from-onnx/index.js";
export * from "./hierarchical.js";
export * from "./hytra.js";
export * from "./mobilenet-v3.js";
export * from "./nas-rl.js";
export * from "./nas-rl-cell.js";
export * from "./nb101.js";
export * from "./nb201.js";
export * from "./npde.js";
export * from "./npde-parts.js";
export * from "./proxyless.js";
export * from "./recurrent.js";
export * from "./recurrent-parts.js";
export * from "./rena.js";
export * from "./tabular.js";
export * from "./tiny-formula.js";
export * from "./transformer.js";
export { mobileCnn, tabularMlp, tinynetSpace };

/** Every space by name. A new one is its file, its test and a line here. */
const SPACES: readonly Space[] = [
  mobileCnn,
  tabularMlp,
  nb201,
  darts,
  mobileNetV3,
  proxyless,
  channelResnet,
  nb101,
  hierarchical,
  rena,
  nasRl,
  nasRlCell,
  tinynetSpace,
  recurrent,
  einspace,
  transformer,
  npde,
  tabular,
  fbnetV3Search,
  fbnetV3Tiny,
  fbnetV5,
  hytra,
];

export function listSpaces(): readonly Space[] {
  return SPACES;
}

/** The space of a name; a usage error with the nearest name where there is none. */
export function spaceOf(name: string): Space {
  return (
    SPACES.find((space) => space.name === name || space.aliases?.includes(name)) ??
    unknownName(
      "space",
      name,
      SPACES.map((it) => it.name),
    )
  );
}
