import { defined, isIssue, type Json, type Rng } from "../base/index.js";
import { type Schema, sample } from "../schema/index.js";
import { cut, type Desk, design, judgeNovelty, reasonOf, summarize } from "./asi-arch/agents.js";
import { study } from "./asi-arch/analyst.js";
import { type DesignNotes, type Element, elementOf } from "./asi-arch/element.js";
import { grow } from "./asi-arch/grammar.js";
import { recall } from "./asi-arch/knowledge.js";
import { drawContext, type PoolOptions, poolOf, type Ranked, recordsInPool } from "./asi-arch/pool.js";
import { nearest } from "./asi-arch/similarity.js";
import { type AskContext, defineStrategy, type Proposal, type Scored, type StrategyTools } from "./define.js";
import { type Design, Designs } from "./designs.js";
import { seedOf } from "./genius.js";
import { History } from "./history.js";
import { settingOf } from "./in-words.js";

interface Options extends PoolOptions, Readonly<Record<string, number>> {
  readonly novelty: number;
  readonly tries: number;
}

/**
 * ASI-Arch (Liu et al. 2025, arXiv:2507.18074, and its released code): a closed loop over a pool of experiments with a composite
 * fitness. Of the pool's best a parent and references are drawn and summarised; the *researcher* proposes a child with a
 * motivation; a judge compares the motivation with the five nearest, and what repeats one is sent on to another principle;
 * the *engineer* checks that the design is a point of the space, builds, keeps the limits and does not read the future, and has
 * it repaired; it is trained; the *analyst* compares the result with parent, grandparent and siblings and with what the
 * knowledge base calls up, and a judge marks it for the fitness. Lineage, motivation and checks are kept with each trial.
 *
 * Without a language model a typed mutation grammar is the researcher, figures write the analyses, and the search says so.
 *
 * Departures: designs are genotypes of a space, checked by building and running them, where the authors' agents write code
 * that other agents read; the pool is renewed every `update` of 5 results after `start` 5, not 50 after 200 (set `roots` to
 * 1, `start` to 200 and `update` to 50 for theirs); the first `roots` are draws of the space, for there is no DeltaNet to begin
 * with; texts are compared by their words, not by an embedding model; the filter against the first element is off (`band` 0;
 * theirs is 0.1), because the probe looks for leaks directly.
 */
export const asiArch = defineStrategy<Lab, Options>({
  name: "asi-arch",
  description:
    "a research loop: pool, researcher, engineer's checks, analyst, knowledge; by a language model, or by a mutation grammar",
  options: {
    ...{ roots: 5, start: 5, update: 5, pool: 50, parents: 10, references: 4 },
    ...{ band: 0, novelty: 3, tries: 3 },
  },
  deliberate: true,
  notice: ({ language }) =>
    language === undefined
      ? "asi-arch: there is no language model (--endpoint): a typed mutation grammar proposes, and figures alone write the analyses"
      : undefined,
  check({ band, ...counts }) {
    const wrong = Object.entries(counts).find(([, n]) => !Number.isSafeInteger(n) || n < 1);
    if (wrong !== undefined) return `${wrong[0]} must be a whole number of at least 1`;
    if (counts.start < counts.roots)
      return `start (${counts.start}) must not be below roots (${counts.roots})`;
    if (band < 0) return "band must be 0 (no filter) or a share such as 0.1";
    return undefined;
  },
  start: (_options, tools) => ({ history: History.empty, records: new Records(tools) }),
  tell: ({ history, records }, trial) => ({ history: history.with(trial), records }),
  async ask({ history, records }, context) {
    const { schema, options, rng, trial, attempt, signal } = context;
    const desk = deskOf(context);
    await records.follow(history, schema, desk);
    const { elements, designs } = records;
    const pool = records.poolNow(options);
    const drawn = drawContext(pool, rng.fork("context"), options);
    if (drawn === undefined || elements.length < options.roots) return root(schema, designs, rng, signal);
    // What the study refused for reasons that only it knows is not discussed with the model.
    if (attempt > 0 || desk === undefined) return byGrammar(context, drawn, pool, designs);
    const made = await byModel(desk, `trial ${trial}`, drawn, elements, designs, options);
    return "genotype" in made ? made : byGrammar(context, drawn, pool, designs, made.fallback);
  },
});

interface Lab {
  readonly history: History;
  readonly records: Records;
}

function deskOf({ schema, options, trial, tools, signal }: AskContext<Options>): Desk | undefined {
  const { language, seed } = tools;
  if (language === undefined) return undefined;
  const { tries } = options;
  return {
    ...{ language, schema, setting: settingOf(tools), seed: seedOf(seed, trial), tries },
    ...(signal !== undefined && { signal }),
  };
}

/**
 * The data base of experiments: a function of the history, grown as it grows. Each result is analysed once, with what was
 * known when it came.
 */
class Records {
  readonly elements: Element[] = [];
  private tried: Designs | undefined;
  private readonly byTrial = new Map<number, Element>();
  private read = 0;
  private pool: { readonly of: string; readonly ranked: readonly Ranked[] } | undefined;
  /** Results that replaced an earlier one of the same trial. */
  private rescored = 0;

  constructor(private readonly tools: StrategyTools) {}

  get designs(): Designs {
    return defined(this.tried, "records that follow a history");
  }

  async follow(history: History, schema: Schema<unknown>, desk: Desk | undefined): Promise<void> {
    this.tried ??= new Designs(schema, this.tools);
    for (; this.read < history.length; this.read++) {
      const told = history.at(this.read);
      if (told === undefined) continue;
      await this.take(told, desk);
      this.tried.add(told);
    }
  }

  /** The pool, ranked anew where it has other members or other scores. */
  poolNow(options: PoolOptions): readonly Ranked[] {
    const of = `${recordsInPool(this.elements.length, options)}/${this.rescored}`;
    if (this.pool?.of !== of) this.pool = { of, ranked: poolOf(this.elements, options) };
    return this.pool.ranked;
  }

  private async take(told: Scored, desk: Desk | undefined): Promise<void> {
    const known = this.byTrial.get(told.trial);
    if (known !== undefined) {
      this.rescored++;
      known.score = told.score;
      if (told.loss !== undefined) known.loss = told.loss;
      return;
    }
    const element = elementOf(told, this.elements.length + 1);
    // The seed of a question must not depend on when it is asked.
    const own = desk && { ...desk, seed: seedOf(this.tools.seed, told.trial) };
    await study(element, this.elements, settingOf(this.tools), own);
    this.elements.push(element);
    this.byTrial.set(told.trial, element);
  }
}

/** Draws that are looked at for a root that keeps the rules. */
const DRAWS = 20;

async function root(
  schema: Schema<unknown>,
  designs: Designs,
  rng: Rng,
  signal: AbortSignal | undefined,
): Promise<Proposal> {
  let genotype: unknown;
  let made: Design | undefined;
  for (let i = 0; i < DRAWS && made === undefined; i++) {
    genotype = sample(schema, rng.fork("root", i));
    const checked = await designs.check(genotype, signal);
    if (!isIssue(checked)) made = checked;
  }
  const notes: DesignNotes = {
    ...{ name: "root", motivation: "A draw of the space to begin with.", by: "root", references: [] },
    ...checksOf(made),
  };
  return { genotype: made?.genotype ?? genotype, origin: "root", notes: jsonOf(notes) };
}

/** The grammar's child: the first that is new and passes the engineer's checks, or else the last that was looked at. */
async function byGrammar(
  { schema, rng, signal }: AskContext<Options>,
  { parent, references }: Drawn,
  pool: readonly Ranked[],
  designs: Designs,
  fallback?: string,
): Promise<Proposal> {
  let child = grow(schema, parent, references, pool, rng.fork("grammar", 0));
  let made: Design | undefined;
  for (let i = 0; i < DRAWS; i++) {
    if (i > 0) child = grow(schema, parent, references, pool, rng.fork("grammar", i));
    const checked = await designs.check(child.genotype, signal);
    if (isIssue(checked)) continue;
    made = checked;
    break;
  }
  const notes: DesignNotes = {
    ...{ name: child.name, motivation: child.motivation, by: "grammar" },
    ...lineage(parent, references),
    ...checksOf(made),
    ...(fallback !== undefined && { fallback }),
  };
  return { genotype: child.genotype, origin: "grammar", parent: parent.element.trial, notes: jsonOf(notes) };
}

/** Motivations that a judge compares a new one with. */
const NEAREST = 5;

/** The model's child; where it proposes nothing that can be used, or repeats itself to the end, why. */
async function byModel(
  desk: Desk,
  key: string,
  { parent, references }: Drawn,
  elements: readonly Element[],
  designs: Designs,
  { novelty }: Options,
): Promise<Proposal | { readonly fallback: string }> {
  const members = [parent, ...references].map(({ element }) => element);
  const summaries = await summarize(desk, `${key}/context`, members);
  const cognition = recall(
    members.map((it) => `${it.analysis?.results} ${it.analysis?.synthesis}`).join(" "),
  );
  const repeated: string[] = [];
  for (let i = 0; i < novelty; i++) {
    const place = `${key}/idea ${i}`;
    const context = { parent, references, summaries, cognition, repeated };
    const { value, refusals } = await design(desk, place, context, designs);
    if (value === undefined) return { fallback: reasonOf(refusals) };
    const { genotype, name, motivation } = value;
    const near = nearest(motivation, elements, (it) => it.notes.motivation, NEAREST);
    const earlier = near.map(({ item }) => item.notes.motivation);
    const verdict = await judgeNovelty(desk, place, motivation, earlier);
    if (!verdict.repeated) {
      const notes: DesignNotes = {
        ...{ name, motivation, by: "model" },
        ...lineage(parent, references),
        ...checksOf(value),
      };
      return { genotype, origin: "model", parent: parent.element.trial, notes: jsonOf(notes) };
    }
    repeated.push(motivation);
  }
  return { fallback: `the same idea ${novelty} times: ${cut(repeated.at(-1) ?? "", 200)}` };
}

interface Drawn {
  readonly parent: Ranked;
  readonly references: readonly Ranked[];
}

function lineage(parent: Ranked, references: readonly Ranked[]): Pick<DesignNotes, "parent" | "references"> {
  return { parent: parent.element.trial, references: references.map(({ element }) => element.trial) };
}

function checksOf(made: Design | undefined): Pick<DesignNotes, "checks"> {
  if (made?.examination === undefined) return {};
  const { costs, causality } = made.examination;
  return { checks: { costs, causality } };
}

function jsonOf(notes: DesignNotes): Json {
  const plain: unknown = notes;
  return plain as Json;
}
