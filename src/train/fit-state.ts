import { fail } from "../base/index.js";
import { decodeVectors, encodeVectors } from "./checkpoint.js";
import type { ProgramState } from "./runner.js";

/** How a watched number has done so far. */
export interface Watch {
  /** Best value; null before the first. */
  readonly best: number | null;
  /** Epoch of it. */
  readonly epoch: number;
  /** Epochs since. */
  readonly waited: number;
}

/** All that a fit is at one moment, also in the middle of an epoch. */
export interface FitState {
  readonly program: ProgramState;
  /** Whole epochs behind it. */
  readonly epoch: number;
  /** Rounds of the present epoch behind it. */
  readonly roundInEpoch: number;
  /** Sums over these rounds: per phase the loss, then its metrics. */
  readonly sums: readonly (readonly number[])[];
  /** Of early stopping. */
  readonly watch: Watch;
  /** Per phase: what the plateau rule has seen, and its factor of the learning rate. */
  readonly plateaus: readonly (Watch & { readonly factor: number })[];
  /** Why it ended; undefined while it goes on. */
  readonly stopped?: "epochs" | "patience";
  /** The weights of the best epoch, where they are kept. */
  readonly best?: { readonly theta: readonly Float32Array[]; readonly states: Float32Array };
}

const FORMAT = "morph.fit/1";

/** A fit's state as bytes. */
export function encodeFitState(it: FitState): Uint8Array {
  const { program, best, ...rest } = it;
  const vectors = [
    ...program.theta,
    program.states,
    ...program.slots.flat(),
    ...(best === undefined ? [] : [...best.theta, best.states]),
  ];
  const slots = program.slots.map((list) => list.length);
  return encodeVectors(
    {
      format: FORMAT,
      ...rest,
      round: program.round,
      blocks: program.theta.length,
      slots,
      best: best !== undefined,
    },
    vectors,
  );
}

/**
 * @throws `checkpoint_corrupt` for anything that {@link encodeFitState} did not write
 */
export function decodeFitState(bytes: Uint8Array, path?: string): FitState {
  const { header, vectors } = decodeVectors(bytes, path);
  const { format, blocks, slots, best, round, lengths: _, ...rest } = header as Record<string, unknown>;
  const corrupt = (received: string): never => fail("checkpoint_corrupt", { path, received });
  if (format !== FORMAT) return corrupt("another format");
  if (typeof blocks !== "number" || typeof round !== "number" || !Array.isArray(slots))
    return corrupt("a bad header");
  let at = 0;
  const take = (count: number): Float32Array[] => {
    const part = vectors.slice(at, at + count);
    if (part.length !== count) corrupt("too few vectors");
    at += count;
    return part;
  };
  const [theta, [states = new Float32Array(1)]] = [take(blocks), take(1)];
  const held = slots.map((count: unknown) => take(Number(count)));
  const fields = rest as Pick<FitState, "epoch" | "roundInEpoch" | "sums" | "watch" | "plateaus" | "stopped">;
  const state: FitState = { ...fields, program: { theta, states, slots: held, round } };
  if (best !== true) return state;
  const [bestTheta, [bestStates = new Float32Array(1)]] = [take(blocks), take(1)];
  return { ...state, best: { theta: bestTheta, states: bestStates } };
}
