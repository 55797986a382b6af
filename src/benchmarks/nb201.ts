import { isIssue } from "../base/index.js";
import { NB201_OPERATORS, type Nb201Genotype, nb201, nb201FromString } from "../spaces/index.js";
import { defineBenchmark } from "./define.js";

const EDGES = ["edge01", "edge02", "edge12", "edge03", "edge13", "edge23"] as const;
const DIGIT = new Map<unknown, number>(NB201_OPERATORS.map((op, i) => [op, i]));

/**
 * NAS-Bench-201 (Dong & Yang 2020, arXiv:2001.00326): all 15,625 cells, trained for 200 epochs on three data sets.
 * Cells that are the same function under other names have measurements of their own, and stay apart.
 */
export const nb201Benchmark = defineBenchmark({
  name: "nb201",
  description: "15,625 cells of NAS-Bench-201 on CIFAR-10, CIFAR-100 and ImageNet16-120",
  source: "Dong & Yang 2020, arXiv:2001.00326",
  schema: nb201.schema,
  wiring: nb201.wiring,
  size: 5 ** 6,
  views: [
    view("cifar10", ["cifar10_val", "cifar10-valid"], ["cifar10_test", "cifar10"]),
    view("cifar100", ["cifar100_val"], ["cifar100_test"]),
    view("imagenet16-120", ["imagenet16_120_val"], ["imagenet16_120_test"]),
  ],
  protocol:
    "searched on validation accuracy after 200 epochs; reported is the test accuracy, after 200 epochs too, of the cell " +
    "with the best validation accuracy",
  indexOf: (genotype) => numberOf(genotype as Nb201Genotype),
  indexOfKey(key) {
    if (/^[0-4]{6}$/.test(key)) return Number.parseInt(key, 5);
    const cell = nb201FromString(key);
    return isIssue(cell) ? undefined : numberOf(cell);
  },
});

function numberOf(cell: Nb201Genotype): number {
  let index = 0;
  for (const edge of EDGES) index = NB201_OPERATORS.length * index + (DIGIT.get(cell[edge]) ?? 0);
  return index;
}

function view(name: string, search: readonly string[], report: readonly string[]) {
  // Tables of one data set alone name their columns without it.
  return {
    name,
    search: [...search, "val_acc_200"],
    report: [...report, "test_acc_200"],
    epochs: 200,
    seconds: [`${name.replace("-", "_")}_seconds`, "seconds"],
  };
}
