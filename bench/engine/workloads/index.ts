import type { Workload } from "../workload.js";
import { cnn } from "./cnn.js";
import { gcn } from "./gcn.js";
import { kan } from "./kan.js";
import { lstm } from "./lstm.js";
import { mlp } from "./mlp.js";
import { mobile } from "./mobile.js";
import { resnet20 } from "./resnet20.js";
import { transformer } from "./transformer.js";

export const WORKLOADS: readonly Workload[] = [mlp, cnn, mobile, resnet20, transformer, lstm, kan, gcn];
