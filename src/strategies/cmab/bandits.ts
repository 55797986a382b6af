import type { Token } from "../learning/tokens.js";
import { Bandit, type RewardRange } from "./bandit.js";

/** A place on the way through the decisions of a genotype. */
export interface BanditWalk {
  /** The bandit of the next decision; undefined where the tree does not reach so far. */
  at(key: string, arms: number): Bandit | undefined;
  took(key: string, arm: number): void;
}

/** The bandits of a space. */
export interface Bandits {
  readonly range: RewardRange;
  walk(): BanditWalk;
  /** Pass the reward of a whole genotype to the bandits of its decisions. */
  backUp(tokens: readonly Token[], reward: number): void;
}

function wider({ least, most }: RewardRange, reward: number): RewardRange {
  return { least: Math.min(least, reward), most: Math.max(most, reward) };
}

const NOTHING: RewardRange = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };

/** One bandit a decision, whatever was decided before: the naive assumption that a network is the sum of its parts. */
export class NaiveBandits implements Bandits {
  range = NOTHING;
  readonly all = new Map<string, Bandit>();

  walk(): BanditWalk {
    return { at: (key) => this.all.get(key), took: () => undefined };
  }

  backUp(tokens: readonly Token[], reward: number): void {
    this.range = wider(this.range, reward);
    for (const { key, weights, taken } of tokens) {
      let bandit = this.all.get(key);
      if (bandit === undefined) {
        bandit = new Bandit(weights.length);
        this.all.set(key, bandit);
      }
      bandit.play(taken, reward, tokens.length);
    }
  }
}

interface TreeNode {
  readonly key: string;
  readonly bandit: Bandit;
  readonly children: Map<number, TreeNode>;
}

/**
 * One bandit for each way to get to a decision: the tree of all beginnings. As in other tree searches it grows by one
 * bandit a trial.
 */
export class BanditTree implements Bandits {
  range = NOTHING;
  private root: TreeNode | undefined;

  walk(): BanditWalk {
    let node = this.root;
    return {
      at: (key) => (node?.key === key ? node.bandit : undefined),
      took: (key, arm) => {
        node = node?.key === key ? node.children.get(arm) : undefined;
      },
    };
  }

  backUp(tokens: readonly Token[], reward: number): void {
    this.range = wider(this.range, reward);
    let parent: TreeNode | undefined;
    let last = -1;
    for (const { key, weights, taken } of tokens) {
      const known: TreeNode | undefined = parent === undefined ? this.root : parent.children.get(last);
      const node = known ?? { key, bandit: new Bandit(weights.length), children: new Map() };
      if (parent === undefined) this.root = node;
      else parent.children.set(last, node);
      node.bandit.play(taken, reward, tokens.length);
      if (known === undefined) return;
      [parent, last] = [node, taken];
    }
  }
}
