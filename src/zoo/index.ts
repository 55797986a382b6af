import { unknownName } from "../base/index.js";
import { convMixer } from "./conv-mixer.js";
import type { Architecture } from "./define.js";
import { densenet } from "./densenet.js";
import { efficientnet } from "./efficientnet.js";
import { fbnetV3 } from "./fbnet-v3.js";
import { lenet5 } from "./lenet5.js";
import { linear } from "./linear.js";
import { mlp } from "./mlp.js";
import { mlpMixer } from "./mlp-mixer.js";
import { mobilenetV2 } from "./mobilenet-v2.js";
import { mobilenetV3 } from "./mobilenet-v3.js";
import { resnet } from "./resnet.js";
import { resnet8 } from "./resnet8.js";
import { resnet20 } from "./resnet20.js";
import { tabularResnet } from "./tabular-resnet.js";
import { tinynet } from "./tinynet.js";
import { vggSmall } from "./vgg-small.js";
import { vit } from "./vit.js";
import { wideResnet } from "./wide-resnet.js";

export * from "./channels.js";
export * from "./define.js";
export * from "./efficient-stages.js";
export { FBNET_V3, type FbnetRow, type FbnetVariant } from "./fbnet-v3-blocks.js";
export * from "./fbnet-v3-network.js";
export * from "./recount.js";
export * from "./settings.js";
export {
  convMixer,
  densenet,
  efficientnet,
  fbnetV3,
  lenet5,
  linear,
  mlp,
  mlpMixer,
  mobilenetV2,
  mobilenetV3,
  resnet,
  resnet8,
  resnet20,
  tabularResnet,
  tinynet,
  vggSmall,
  vit,
  wideResnet,
};

/** Every architecture by name. A new one is its file and a line here; the contract takes it up by itself. */
const ARCHITECTURES: readonly Architecture[] = [
  linear,
  mlp,
  tabularResnet,
  lenet5,
  resnet8,
  resnet20,
  vggSmall,
  convMixer,
  mobilenetV2,
  mobilenetV3,
  resnet,
  wideResnet,
  densenet,
  efficientnet,
  tinynet,
  fbnetV3,
  vit,
  mlpMixer,
];

export function listArchitectures(): readonly Architecture[] {
  return ARCHITECTURES;
}

/** The architecture of a name; a usage error with the nearest name where there is none. */
export function zooOf(name: string): Architecture {
  return (
    ARCHITECTURES.find((it) => it.name === name) ??
    unknownName(
      "architecture",
      name,
      ARCHITECTURES.map((it) => it.name),
    )
  );
}
