import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, ExitCode, isIssue, MorphError, rngOf } from "../base/index.js";
import { type Schema, validate } from "../schema/index.js";
import type { StrategyDefinition } from "../strategies/index.js";
import { buildProgram, Program } from "./child-process.node.js";
import type { Policy } from "./language-server.node.js";
import { linesOf, type Simulation, simulateSearch, toolsOf } from "./simulated-search.js";

/** A schema to run a strategy over; `space` where another process can find it by that name. */
export interface SchemaUnderTest {
  readonly name: string;
  readonly schema: Schema<unknown>;
  readonly space?: string;
}

export interface StrategyContractOptions {
  readonly schemas: readonly SchemaUnderTest[];
  /** Program that prints the proposals of a simulated search: STRATEGY SPACE TRIALS SEED. */
  readonly program: string;
  /** Trials of a simulated search; more than the strategy needs to leave its first phase. */
  readonly trials?: number;
  /** The language model that the strategy talks to, where not the usual one; `program` does not know it. */
  readonly policy?: Policy;
}

/** What every strategy must do. Call it in a test file for each. */
export function strategyContract(strategy: StrategyDefinition, options: StrategyContractOptions): void {
  const { schemas, program, trials = 60, policy } = options;
  const TOOLS = toolsOf(strategy, 0, policy);
  const simulate = (schema: Schema<unknown>, simulation: Simulation) =>
    simulateSearch(strategy, schema, { policy, ...simulation });

  describe(`strategy contract: ${strategy.name}${policy === undefined ? "" : " with a language model"}`, () => {
    let built: { path: string; remove(): void };
    beforeAll(async () => {
      built = await buildProgram(program);
    });
    afterAll(() => built.remove());

    it("says what it is and takes its own defaults", () => {
      expect(strategy.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(strategy.description.length).toBeGreaterThan(10);
      expect(strategy.searcher({}, TOOLS).options).toEqual(strategy.options);
      expect(strategy.searcher({ ...strategy.options }, TOOLS).options).toEqual(strategy.options);
    });

    for (const { name, schema, space } of schemas) {
      const misfit = strategy.accepts(schema);
      describe.skipIf(misfit !== undefined)(misfit === undefined ? name : `${name} (wants ${misfit})`, () => {
        it("proposes valid genotypes with its defaults, and says where they come from", async () => {
          const { proposals } = await simulate(schema, { trials, seed: 1 });
          proposals.forEach((it, i) => {
            const checked = validate(schema, it.genotype);
            expect(isIssue(checked), `trial ${i}: ${canonicalJson(checked)}`).toBe(false);
            expect(it.origin).not.toBe("");
            if (it.parent !== undefined) {
              expect(Number.isSafeInteger(it.parent) && it.parent >= 0 && it.parent < i).toBe(true);
            }
          });
        });

        it("proposes the same for the same seed, other things for another", async () => {
          const run = async (seed: number) => linesOf((await simulate(schema, { trials, seed })).proposals);
          const first = await run(7);
          expect(await run(7)).toEqual(first);
          expect(await run(8)).not.toEqual(first);
        });

        it("goes on after any cut as if there had been none", async () => {
          const whole = await simulate(schema, { trials, seed: 3 });
          for (const cut of [0, 1, 15, 16, 17, Math.floor(trials / 2), trials - 1]) {
            const rest = await simulate(schema, {
              trials,
              seed: 3,
              history: whole.told.slice(0, cut),
            });
            expect(linesOf(rest.proposals), `cut at ${cut}`).toEqual(linesOf(whole.proposals.slice(cut)));
          }
        });

        it("is asked by several workers before any of them tells", async () => {
          const { proposals, told } = await simulate(schema, {
            trials,
            seed: 4,
            parallel: 8,
          });
          expect(proposals).toHaveLength(trials);
          expect(told).toHaveLength(trials);
          for (const { genotype } of proposals) expect(isIssue(validate(schema, genotype))).toBe(false);
        });

        it("gives the same answer to the same question, and changes nothing that it was told", async () => {
          const { told } = await simulate(schema, { trials: 30, seed: 5 });
          const before = canonicalJson(told);
          await using searcher = strategy.searcher({}, TOOLS);
          for (const it of told) searcher.tell(it);
          const answers: (string | undefined)[] = [];
          for (let i = 0; i < 3; i++) {
            answers.push(linesOf([await searcher.ask(schema, rngOf(0, "question"), 30)])[0]);
          }
          expect(new Set(answers).size).toBe(1);
          expect(canonicalJson(told)).toBe(before);
        });

        it("takes trials that are told again at a higher rung", async () => {
          const { told } = await simulate(schema, { trials: 30, seed: 6 });
          await using searcher = strategy.searcher({}, TOOLS);
          for (const it of told) {
            searcher.tell(it);
            if (it.trial % 3 === 0) searcher.tell({ ...it, rung: 1, score: it.score / 2 });
          }
          // A late word of the very first trial.
          const [first] = told;
          if (first !== undefined) searcher.tell({ ...first, rung: 2, score: 1 });
          const next = await searcher.ask(schema, rngOf(6, "ask", 30), 30);
          expect(isIssue(validate(schema, next.genotype))).toBe(false);
        });

        if (space !== undefined && policy === undefined) {
          it("proposes the same in another process", async () => {
            const child = new Program(built.path, [strategy.name, space, String(trials), "11"]);
            const there = await child.next();
            expect((await child.end()).code).toBe(0);
            const { proposals } = await simulate(schema, { trials, seed: 11 });
            expect(there).toEqual(linesOf(proposals));
          });
        }
      });
    }

    it("refuses options that it does not have, with the nearest name, and values that are no numbers", () => {
      const names = Object.keys(strategy.options);
      for (const wrong of ["toString", "constructor", "no-such-option"]) {
        expect(refusal(() => strategy.searcher({ [wrong]: 1 }, TOOLS))).toMatchObject({
          exitCode: ExitCode.usage,
          issue: { code: "unknown_option", path: wrong },
        });
      }
      for (const name of names) {
        const misspelt = `${name.slice(0, -1)}`;
        expect(refusal(() => strategy.searcher({ [misspelt]: 1 }, TOOLS)).issue).toMatchObject({
          code: "unknown_option",
          hint: `did you mean ${name}?`,
        });
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
          expect(refusal(() => strategy.searcher({ [name]: value }, TOOLS))).toMatchObject({
            exitCode: ExitCode.usage,
            issue: { code: "strategy_options" },
          });
        }
      }
    });
  });
}

function refusal(call: () => unknown): MorphError {
  try {
    call();
  } catch (error) {
    if (error instanceof MorphError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
