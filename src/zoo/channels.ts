/**
 * The nearest multiple of `step`, at least `step`, and one step more where that is less than `least` of what was asked
 * for: how the MobileNets and their kin round channels.
 */
export function roundChannels(channels: number, step = 8, least = 0.9): number {
  const rounded = Math.max(step, Math.floor((channels + step / 2) / step) * step);
  return rounded < least * channels ? rounded + step : rounded;
}

/** The nearest whole number, halves to the even one. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
