import { unknownName } from "../base/index.js";
import { convMixer } from "./conv-mixer.js";
import type { Architecture } from "./define.js";
import { lenet5 } from "./lenet5.js";
import { linear } from "./linear.js";
import { mlp } from "./mlp.js";
import { mobilenetV2 } from "./mobilenet-v2.js";
import { resnet8 } from "./resnet8.js";
import { resnet20 } from "./resnet20.js";
import { tabularResnet } from "./tabular-resnet.js";
import { vggSmall } from "./vgg-small.js";

export * from "./define.js";
export * from "./recount.js";
export * from "./settings.js";
export { convMixer, lenet5, linear, mlp, mobilenetV2, resnet8, resnet20, tabularResnet, vggSmall };

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
