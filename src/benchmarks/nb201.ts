import { s } from "../schema/index.js";
import { defineBenchmark } from "./define.js";

/** In the order of the published table's strings; the position is the digit. */
const OPS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"] as const;
const EDGES = ["edge01", "edge02", "edge12", "edge03", "edge13", "edge23"] as const;

const schema = s.object({
  edge01: s.oneOf(OPS),
  edge02: s.oneOf(OPS),
  edge12: s.oneOf(OPS),
  edge03: s.oneOf(OPS),
  edge13: s.oneOf(OPS),
  edge23: s.oneOf(OPS),
});

const DIGIT = new Map<unknown, number>(OPS.map((op, i) => [op, i]));

/**
 * NAS-Bench-201 (Dong & Yang 2020, arXiv:2001.00326): all 15,625 cells, trained for 200 epochs on three data sets.
 * Cells that are the same function under other names have measurements of their own, and stay apart.
 */
export const nb201Benchmark = defineBenchmark({
  name: "nb201",
  description: "15,625 cells of NAS-Bench-201 on CIFAR-10, CIFAR-100 and ImageNet16-120",
  source: "Dong & Yang 2020, arXiv:2001.00326",
  schema,
  size: 5 ** 6,
  views: [
    view("cifar10", ["cifar10_val", "cifar10-valid"], ["cifar10_test", "cifar10"]),
    view("cifar100", ["cifar100_val"], ["cifar100_test"]),
    view("imagenet16-120", ["imagenet16_120_val"], ["imagenet16_120_test"]),
  ],
  protocol:
    "searched on validation accuracy after 200 epochs; reported is the test accuracy, after 200 epochs too, of the cell " +
    "with the best validation accuracy",
  indexOf(genotype) {
    const cell = genotype as Readonly<Record<(typeof EDGES)[number], string>>;
    let index = 0;
    for (const edge of EDGES) index = 5 * index + (DIGIT.get(cell[edge]) ?? 0);
    return index;
  },
  indexOfKey(key) {
    if (/^[0-4]{6}$/.test(key)) return Number.parseInt(key, 5);
    const found = KEY.exec(key);
    if (found === null) return undefined;
    let index = 0;
    for (const op of found.slice(1)) {
      const digit = DIGIT.get(op);
      if (digit === undefined) return undefined;
      index = 5 * index + digit;
    }
    return index;
  },
});

const KEY = /^\|(\w+)~0\|\+\|(\w+)~0\|(\w+)~1\|\+\|(\w+)~0\|(\w+)~1\|(\w+)~2\|$/;

function view(name: string, search: readonly string[], report: readonly string[]) {
  // Tables of one data set alone name their columns without it.
  return {
    name,
    search: [...search, "val_acc_200"],
    report: [...report, "test_acc_200"],
    seconds: [`${name.replace("-", "_")}_seconds`, "seconds"],
  };
}
