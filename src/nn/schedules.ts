/** Learning rates by step. A schedule is a function of the step alone, so slices and resumes agree. */
export type Schedule = (step: number, totalSteps: number) => number;

export const constant =
  (rate: number): Schedule =>
  () =>
    rate;

/**
 * Linear warm-up over `warmupSteps`, then half a cosine down to `floor` (Loshchilov & Hutter 2017).
 * The last step still learns: the cosine ends one step after it.
 */
export function warmupCosine(peak: number, warmupSteps: number, floor = 0): Schedule {
  return (step, total) => {
    if (step < warmupSteps) return (peak * (step + 1)) / (warmupSteps + 1);
    const progress = (step - warmupSteps) / Math.max(1, total - warmupSteps);
    return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
  };
}
