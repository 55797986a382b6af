import { unknownName } from "../base/index.js";
import { channelResnet } from "./channel-resnet.js";
import { darts } from "./darts.js";
import type { Space } from "./define.js";
import { mobileCnn } from "./mobile-cnn.js";
import { mobileNetV3 } from "./mobilenet-v3.js";
import { nb201 } from "./nb201.js";
import { proxyless } from "./proxyless.js";
import { tabularMlp } from "./tabular-mlp.js";

export * from "./channel-resnet.js";
export * from "./darts.js";
export * from "./define.js";
export * from "./mobilenet-v3.js";
export * from "./nb201.js";
export * from "./proxyless.js";
export { mobileCnn, tabularMlp };

/** Every space by name. A new one is its file, its test and a line here. */
const SPACES: readonly Space[] = [mobileCnn, tabularMlp, nb201, darts, mobileNetV3, proxyless, channelResnet];

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
