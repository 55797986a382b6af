import { affine, affineBack, affineLength } from "../learning/affine.js";
import { Lstm, type LstmGradient, type LstmStep } from "../learning/lstm.js";
import type { Block, Parameters } from "../learning/parameters.js";
import { chancesOf, policyGradient } from "../learning/softmax.js";
import type { Token } from "../learning/tokens.js";
import type { Policy, PolicyWalk } from "./policy.js";

const UNITS = 35;
/** First weights are drawn evenly from [-0.08, 0.08]. */
const BOUND = 0.08;

/** One decision on a walk. */
interface Turn {
  readonly key: string;
  readonly count: number;
  readonly lower: LstmStep;
  readonly upper: LstmStep;
  readonly chances: Float64Array;
}

/**
 * The controller of Zoph & Le (2017, section 3.1): two LSTM layers of 35 units read, decision after decision, the
 * embedding of the last alternative taken; a softmax of its own for each decision gives the chances of the next one.
 */
export class Controller implements Policy {
  private readonly lower: Lstm;
  private readonly upper: Lstm;

  constructor(private readonly parameters: Parameters) {
    this.lower = new Lstm(parameters, "lower", UNITS, UNITS, BOUND);
    this.upper = new Lstm(parameters, "upper", UNITS, UNITS, BOUND);
  }

  walk(): PolicyWalk {
    const turns: Turn[] = [];
    const taken: number[] = [];
    return {
      chances: (key, weights, temperature) => {
        const again = turns.findIndex((it) => it.key === key);
        if (again >= 0) {
          turns.length = again;
          taken.length = again;
        }
        const turn = this.turn(turns.at(-1), taken.at(-1), key, weights, temperature);
        turns.push(turn);
        return turn.chances;
      },
      took: (at) => {
        taken.push(at);
      },
    };
  }

  gather(tokens: readonly Token[], advantage: number, bonus: number): void {
    const turns: Turn[] = [];
    for (const { key, weights } of tokens)
      turns.push(this.turn(turns.at(-1), tokens[turns.length - 1]?.taken, key, weights));
    let lower = none();
    let upper = none();
    for (let t = turns.length - 1; t >= 0; t--) {
      const turn = turns[t] as Turn;
      const slope = policyGradient(turn.chances, tokens[t]?.taken ?? 0, advantage, bonus);
      affineBack(this.head(turn.key, turn.count), turn.upper.hidden, slope, upper.hidden);
      const above = this.upper.back(turn.upper, upper);
      add(lower.hidden, above.input);
      const below = this.lower.back(turn.lower, lower);
      add(this.embedding(turns[t - 1], tokens[t - 1]?.taken).gradient, below.input);
      upper = above.before;
      lower = below.before;
    }
  }

  descend(rate: number): void {
    this.parameters.descend(rate);
  }

  private turn(
    last: Turn | undefined,
    taken: number | undefined,
    key: string,
    weights: readonly number[],
    temperature?: number,
  ): Turn {
    const { value } = this.embedding(last, taken);
    const lower = this.lower.step(value, last?.lower ?? this.lower.start());
    const upper = this.upper.step(lower.hidden, last?.upper ?? this.upper.start());
    const logits = affine(this.head(key, weights.length), upper.hidden, weights.length);
    const chances = chancesOf(logits, weights, temperature);
    return { key, count: weights.length, lower, upper, chances };
  }

  /** What the controller reads of the decision before; a word of its own at the beginning. */
  private embedding(last: Turn | undefined, taken: number | undefined): Block {
    const name = last === undefined ? "embedding" : `embedding/${last.key}=${taken}`;
    return this.parameters.block(name, UNITS, BOUND);
  }

  private head(key: string, count: number): Block {
    return this.parameters.block(`head/${key}`, affineLength(UNITS, count), BOUND);
  }
}

function none(): LstmGradient {
  return { hidden: new Float64Array(UNITS), cell: new Float64Array(UNITS) };
}

function add(to: Float64Array, what: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (what[i] as number);
}
