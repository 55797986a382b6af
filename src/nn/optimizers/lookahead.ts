import { defineWrapper, number } from "./define.js";
import { slotsOf, vectorSlot, wrap } from "./optimizer.js";

/**
 * Lookahead (Zhang et al. 2019, algorithm 1): every k steps the slow weights go a share α of the way to the fast ones,
 * and the fast ones begin again from there. The base optimizer's state is kept.
 */
export const lookahead = defineWrapper({
  name: "lookahead",
  doc: "slow weights that follow the fast ones every few steps",
  options: {
    k: number(5, "steps of the fast weights between two of the slow ones", { min: 1, whole: true }),
    alpha: number(0.5, "share of the way that the slow weights go", { above: 0, max: 1 }),
  },
  make: (base, { k, alpha }) =>
    wrap(base, "lookahead", [vectorSlot("slow", "theta")], (g, it, inner) => {
      const { theta, slots } = inner(it);
      const [slow] = slotsOf(it, "slow");
      const turns = g.Div(it.step, g.scalar(k));
      const sync = g.Equal(turns, g.Floor(turns));
      const share = g.Where(sync, g.scalar(alpha), g.scalar(0));
      const next = g.Add(slow, g.Mul(g.Sub(theta, slow), share));
      return { theta: g.Where(sync, next, theta), inner: slots, own: [next] };
    }),
});
