import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { ExitCode, fail, type Json } from "../base/index.js";
import { type Dataset, openDataset } from "../data/index.js";
import { type NodeProvider, needProvider, ortNode } from "../runtime/index.js";
import { formatSize, size } from "../schema/index.js";
import { type Recipe, type Space, spaceFor, spaceOf } from "../spaces/index.js";
import { type Lease, openStore, replayLog, type StudyStore, writeArtifact } from "../store/index.js";
import { type StrategyDefinition, type StrategyOptions, strategyOf } from "../strategies/index.js";
import { type Problem, problemOf } from "../train/index.js";
import { cheapestOf, statisticsOf } from "./candidates.js";
import { TimeBudget } from "./clock.js";
import {
  type Budget,
  checkBudget,
  checkLimits,
  configOf,
  type DataSpec,
  type StudyConfig,
} from "./config.js";
import { documentOf } from "./document.js";
import { examiner } from "./examine.js";
import { metadataOf, rankedTrials } from "./finish.node.js";
import { InlineExecutor } from "./inline-executor.node.js";
import { codeOf, type Executor, type WorkerSetup } from "./jobs.js";
import { keptOf, type LanguageAccess, languageOf, type NewAccess, renewed } from "./language.node.js";
import { locate } from "./locate.node.js";
import { StudyLog } from "./log.js";
import { createStudy } from "./naming.node.js";
import { objectivesFor } from "./objectives.js";
import { payload } from "./payload.js";
import { pointOf } from "./points.js";
import { ProcessExecutor } from "./process-executor.node.js";
import { provenance } from "./provenance.node.js";
import { checkUndecided } from "./recipe-decided.js";
import { type ReportWriter, StudyRunner } from "./runner.node.js";
import { settingFor } from "./setting.js";
import { reopenSpace, spaceGiven } from "./space-source.node.js";
import { affordableMsPerExample, shortened } from "./training-cost.js";
import type { LimitName, Limits, SearchDocument, StudyProgress, StudyStatus } from "./types.js";
import { Workbench } from "./workbench.node.js";

export interface SearchOptions {
  /** A name or a path; `mnist` where left out. */
  readonly data?: string;
  readonly target?: string;
  readonly imageSize?: number;
  /** Examples beyond this many bytes stay on disk. */
  readonly memoryBoundBytes?: number;
  /**
   * A name, the path of an ONNX file (the space around it, see `fromOnnx`), or a space of one's own (its trials then run
   * in this process). Default: what suits the data.
   */
  readonly space?: string | Space;
  /** Of an ONNX file as space: a new last layer, for other classes. */
  readonly replaceHead?: boolean;
  /** A name, or a strategy of one's own (made by `defineStrategy`). Default: `regularized-evolution`. */
  readonly strategy?: string | StrategyDefinition;
  readonly strategyOptions?: StrategyOptions;
  /** The language model that strategies such as `genius` talk to. */
  readonly language?: LanguageAccess;
  /** Named points of the space (its `seeds`) that are tried first. */
  readonly start?: readonly string[];
  /** Networks to try. */
  readonly trials?: number;
  /** Wall-clock of the whole search, the winner's training included. */
  readonly timeMs?: number;
  readonly limits?: Limits;
  /**
   * Costs that are sought low beside a high score (`params`, `macs`, `latencyMs`, …), by a strategy that seeks several
   * objectives. Default for such: `params` and `macs`.
   */
  readonly objectives?: readonly LimitName[];
  readonly seed?: number;
  /** Worker processes; default: as many as cores, or one where a GPU trains or each proposal is thought out. */
  readonly workers?: number;
  /** What trains the networks, `cpu` or `webgpu`; a study keeps it. Latency and test scores are of the CPU. */
  readonly device?: NodeProvider;
  /** Name of the study; made of the data's name where left out. */
  readonly study?: string;
  /** Folder of the studies; default `.morph`. */
  readonly dir?: string;
  /** Epochs and rungs, where the defaults do not suit. */
  readonly budget?: Partial<Budget>;
  readonly recipe?: Partial<Recipe>;
  /** Feasible candidates drawn for each trial; the cheap ranking picks one. Default 3, or 1 where it is thought out. */
  readonly pool?: number;
  readonly writeReport?: ReportWriter;
  readonly signal?: AbortSignal;
}

export interface ResumeOptions {
  readonly dir?: string;
  /** A new total of trials. */
  readonly trials?: number;
  readonly timeMs?: number;
  readonly workers?: number;
  /** The study's own space and strategy, where they were not given by name. */
  readonly space?: Space;
  readonly strategy?: StrategyDefinition;
  /** A new endpoint, key or ceiling for the study's language model. */
  readonly language?: NewAccess;
  readonly writeReport?: ReportWriter;
  readonly signal?: AbortSignal;
}

/** A study that is open for work. Dispose of it: it holds a lease, a database and worker processes. */
export interface Study<G = Json> extends AsyncDisposable {
  readonly name: string;
  /** Folder with its files. */
  readonly dir: string;
  /** Search to the end. Aborting keeps all finished work; a later `resumeStudy` goes on. */
  run(options?: { readonly signal?: AbortSignal }): AsyncIterable<StudyProgress<G>>;
  status(): StudyStatus;
  document(): SearchDocument<G>;
}

/** What is searched where nothing is asked for: small digits networks that fit a microcontroller's patience. */
const DEMO_LIMITS: Limits = { params: 50_000, latencyMs: 1 };
const DEMO_TIME_MS = 165_000;

/** Begin a study: open the data, settle what is left open, write the configuration. */
export async function search(options: SearchOptions = {}): Promise<Study> {
  const dir = resolve(options.dir ?? ".morph");
  const { device = "cpu" } = options;
  await needProvider(device);
  const opened = await spaceGiven(options);
  const { strategy: asked = "regularized-evolution" } = options;
  const strategy = typeof asked === "string" ? strategyOf(asked) : asked;
  const { settings, notice } = await settingsOf(strategy, options);
  const limits = checkLimits(options.limits ?? {});
  const objectives = objectivesFor(strategy, options.objectives);
  const { target, imageSize, memoryBoundBytes, signal } = options;
  const spec: DataSpec = { source: options.data ?? "mnist", target, imageSize, memoryBoundBytes };
  const seed = options.seed ?? 0;
  const cacheDir = join(dir, "cache");
  const dataset = await openDataset(spec.source, {
    target,
    imageSize,
    memoryBoundBytes,
    cacheDir,
    seed,
    signal,
  });
  await using held = dataset;
  const problem = problemOf(held);
  const general =
    opened.space ?? spaceOf(problem.preprocessing.kind === "image" ? "mobile-cnn" : "tabular-mlp");
  const refused = general.accepts(problem);
  if (refused !== undefined) fail(refused.code, refused, { exitCode: ExitCode.usage });
  const space = spaceFor(general, problem);
  const start = (options.start ?? []).map((name) => payload(pointOf(space, name)));
  const misfit = strategy.accepts(space.schema);
  if (misfit !== undefined) {
    fail(
      "strategy_space",
      { path: strategy.name, expected: misfit, received: `the space ${space.name}` },
      { exitCode: ExitCode.usage },
    );
  }
  const demo = options.data === undefined && Object.keys(limits).length === 0;
  const free = options.trials === undefined && options.timeMs === undefined;
  const asGiven = { ...space.recipe, ...options.recipe };
  checkUndecided(space, options.recipe ?? {});
  const usual = device === "cpu" && !strategy.deliberate ? availableParallelism() : 1;
  const workers = typeof options.space === "object" ? 1 : (options.workers ?? usual);
  const budget = checkBudget({
    ...defaultBudget(held, asGiven, options.timeMs),
    trials: options.trials ?? (free ? (demo ? 12 : 24) : null),
    timeMs: options.timeMs ?? (demo && free ? DEMO_TIME_MS : null),
    ...(strategy.rungs !== undefined && { policy: strategy.rungs }),
    ...options.budget,
  });
  const cheapestMs = budget.timeMs === null ? 0 : cheapestOf(space, problem, seed);
  const { batchSize, pool = 3, ...short } = shortened(cheapestMs, held, asGiven, budget);
  const recipe = options.recipe?.batchSize === undefined ? { ...asGiven, batchSize } : asGiven;
  const config: StudyConfig = {
    format: "morph.study/1",
    data: { ...spec, source: isPath(spec.source) ? resolve(spec.source) : spec.source },
    dataset: describe(held),
    space: {
      ...(opened.source ?? { name: space.name }),
      version: space.version,
      size: formatSize(size(space.schema)),
    },
    strategy: { name: strategy.name, options: settings, ...(notice !== undefined && { notice }) },
    ...(options.language !== undefined && { language: keptOf(options.language) }),
    limits: demo ? DEMO_LIMITS : limits,
    ...(objectives.length > 0 && { objectives }),
    budget,
    affordableMsPerExample: affordableMsPerExample(held, budget),
    ...short,
    recipe,
    seed,
    workers,
    ...(start.length > 0 && { start }),
    ...(device === "cpu" ? {} : { device }),
    pool: options.pool ?? (strategy.deliberate ? 1 : pool),
    provenance: await provenance(),
  };
  const store = await openStore(dir, { create: true });
  try {
    const name = await createStudy(store, options.study, basename(spec.source), payload(config));
    return await openRunner(store, dir, name, { ...options, resumed: false, problem, space, strategy });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Options of a strategy with its defaults, and what it has to say, checked before anything is opened. */
async function settingsOf(
  strategy: StrategyDefinition,
  { strategyOptions, language }: SearchOptions,
): Promise<{ readonly settings: StrategyOptions; readonly notice?: string }> {
  const tools = { seed: 0, runtime: ortNode, ...(language && { language: languageOf(language) }) };
  await using searcher = strategy.searcher(strategyOptions, tools);
  return { settings: searcher.options, notice: searcher.notice };
}

/** Go on with a study where its log stands. */
export async function resumeStudy(nameOrDir: string, options: ResumeOptions = {}): Promise<Study> {
  const { dir, name } = locate(nameOrDir, options.dir);
  const store = await openStore(dir, { create: false });
  try {
    const config = configOf((await store.summary(name)).config, name);
    await needProvider(config.device ?? "cpu");
    const { source, ...rest } = config.data;
    const cacheDir = join(dir, "cache");
    await using dataset = await openDataset(source, {
      ...rest,
      cacheDir,
      seed: config.seed,
      signal: options.signal,
    });
    if (dataset.hash !== config.dataset.hash) {
      fail("data_changed", {
        path: source,
        expected: `the data that the study began with (${config.dataset.hash.slice(0, 12)}…)`,
        received: `${dataset.hash.slice(0, 12)}…`,
        hint: "restore the data, or begin a new study",
      });
    }
    const problem = problemOf(dataset);
    const space = spaceFor(options.space ?? (await reopenSpace(config.space, options.signal)), problem);
    if (space.version !== config.space.version) {
      fail("space_changed", {
        path: space.name,
        expected: `version ${config.space.version}, with which the study began`,
        received: `version ${space.version}`,
        hint: "begin a new study",
      });
    }
    const strategy = options.strategy ?? strategyOf(config.strategy.name);
    if (strategy.name !== config.strategy.name) {
      fail("strategy_changed", {
        path: strategy.name,
        expected: `${config.strategy.name}, with which the study began`,
        hint: "begin a new study",
      });
    }
    return await openRunner(store, dir, name, {
      ...options,
      resumed: true,
      strategy,
      problem,
      space,
    });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

interface OpenOptions extends ResumeOptions {
  readonly resumed: boolean;
  readonly problem: Problem;
  readonly space: Space;
  readonly strategy: StrategyDefinition;
}

async function openRunner(
  store: StudyStore,
  root: string,
  name: string,
  options: Omit<OpenOptions, "dir">,
): Promise<Study> {
  const lease = await store.acquire(name);
  try {
    return await startRunner(store, root, name, lease, options);
  } catch (error) {
    await lease.release();
    throw error;
  }
}

async function startRunner(
  store: StudyStore,
  root: string,
  name: string,
  lease: Lease,
  options: Omit<OpenOptions, "dir">,
): Promise<Study> {
  const log = await StudyLog.open(store, name, lease);
  const config = configOf(log.config, name);
  const dir = join(root, name);
  const setup = setupOf(config, root);
  const known = config.space.file !== undefined || isKnown(options.space, options.problem);
  const executor: Executor = known
    ? new ProcessExecutor(options.workers ?? config.workers, setup)
    : new InlineExecutor(setup, options.space);
  const { space, problem } = options;
  const { seed, limits } = config;
  const access = renewed(config.language, options.language);
  const runner = new StudyRunner(name, {
    log,
    tools: {
      seed,
      runtime: ortNode,
      statistics: statisticsOf(options.space, options.problem, config.limits),
      ...(access !== undefined && { language: languageOf(access, log.transcript()) }),
      setting: settingFor(space, problem, config),
      examine: examiner({ space, problem, limits, seed, runtime: ortNode }),
    },
    dir,
    space: options.space,
    strategy: options.strategy,
    problem: options.problem,
    executor,
    time: new TimeBudget(options.timeMs ?? config.budget.timeMs, config.testMs),
    trials: options.trials ?? config.budget.trials,
    resumed: options.resumed,
    extended: [options.trials, options.timeMs, options.language?.maxTokens, options.language?.maxCost].some(
      (it) => it !== undefined,
    ),
    writeReport: options.writeReport,
  });
  return {
    name,
    dir,
    run: ({ signal = options.signal } = {}) => runner.run(signal),
    status: () => runner.status(),
    document: () => runner.document(),
    async [Symbol.asyncDispose]() {
      await executor[Symbol.asyncDispose]();
      await runner[Symbol.asyncDispose]();
      await log.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

function setupOf(config: StudyConfig, root: string): WorkerSetup {
  return {
    data: config.data,
    dataHash: config.dataset.hash,
    space: { name: config.space.name, file: config.space.file },
    recipe: config.recipe,
    stepsPerEpoch: config.stepsPerEpoch,
    validationExamples: config.validationExamples,
    seed: config.seed,
    cacheDir: join(root, "cache"),
    threads: 1,
    device: config.device ?? "cpu",
  };
}

/** True where workers can find the space by its name. */
function isKnown(space: Space, problem: Problem): boolean {
  try {
    return spaceFor(spaceOf(space.name), problem) === space;
  } catch {
    return false;
  }
}

/** The document of a study as it stands; also while another process searches. */
export async function readStudy(
  nameOrDir: string,
  options: { readonly dir?: string } = {},
): Promise<SearchDocument> {
  const { dir, name } = locate(nameOrDir, options.dir);
  await using store = await openStore(dir, { create: false });
  const { owner } = await store.summary(name);
  return documentOf(name, await replayLog(store.read(name)), owner !== undefined);
}

export interface StudyInfo {
  readonly name: string;
  readonly dir: string;
  readonly state: SearchDocument["state"];
  readonly trials: number;
  readonly best: number | null;
  readonly data: string;
  readonly started: string;
}

/** All studies of a folder, latest change first. */
export async function listStudies(dir = ".morph"): Promise<readonly StudyInfo[]> {
  const root = resolve(dir);
  await using store = await openStore(root, { create: false });
  return (await store.studies()).map((it) => ({
    name: it.name,
    dir: join(root, it.name),
    state: it.phase === "finished" ? "finished" : it.owner !== undefined ? "running" : "interrupted",
    trials: it.trials,
    best: it.best?.score ?? null,
    data: configOf(it.config, it.name).dataset.name,
    started: new Date(it.createdAtMs).toISOString(),
  }));
}

/**
 * The best network so far as an ONNX file; works at any time, also during the search. Returns the file's path.
 */
export async function exportBest(
  nameOrDir: string,
  outFile?: string,
  options: { readonly dir?: string } = {},
): Promise<string> {
  const { dir, name } = locate(nameOrDir, options.dir);
  await using store = await openStore(dir, { create: false });
  const out = resolve(outFile ?? `${name}.onnx`);
  const folder = join(dir, name);
  for (let seq = -1; ; ) {
    const state = await replayLog(store.read(name));
    const config = configOf(state.config, name);
    const [trial] = rankedTrials(state);
    if (state.final !== undefined) {
      await writeArtifact(out, await readFile(join(folder, "best.onnx")));
      return out;
    }
    if (trial === undefined) {
      fail("no_result_yet", {
        path: name,
        expected: "a trial with a result",
        hint: "wait for the first trial to finish",
      });
    }
    try {
      await using bench = await Workbench.open(setupOf(config, dir));
      await bench.perform({
        kind: "export",
        genotype: trial.genotype,
        checkpoint: join(folder, trial.rungs.at(-1)?.checkpoint ?? ""),
        onnx: out,
        limits: config.limits,
        metadata: metadataOf(name, trial, config),
      });
      return out;
    } catch (error) {
      // While this opened the data, the search may have gone on and put a newer file in its place.
      if (codeOf(error) !== "checkpoint_missing" || state.seq === seq) throw error;
      seq = state.seq;
    }
  }
}

function isPath(source: string): boolean {
  return /[\\/.]/.test(source);
}

/**
 * Rungs in epochs. An epoch of a small table is a few steps only: a unit of work is then several epochs, about 120
 * steps. A search by time trains its winner for as long as it may.
 */
function defaultBudget(dataset: Dataset, recipe: Recipe, timeMs: number | undefined): Budget {
  const steps = Math.max(1, Math.floor(dataset.splits.train.length / recipe.batchSize));
  const unit = Math.max(1, Math.min(40, Math.round(120 / steps)));
  return {
    trials: null,
    timeMs: null,
    rungs: [unit, 3 * unit, 9 * unit],
    eta: 3,
    finalEpochs: (timeMs === undefined ? 20 : 80) * unit,
    finalists: 2,
  };
}

function describe(dataset: Dataset): StudyConfig["dataset"] {
  const { task, splits } = dataset;
  return {
    name: dataset.name,
    hash: dataset.hash,
    train: splits.train.length,
    validation: splits.validation.length,
    test: splits.test.length,
    classes: task.kind === "classification" ? task.classes.length : null,
    notes: dataset.notes,
    task: task.kind,
    classNames: task.kind === "classification" ? task.classes : null,
  };
}
