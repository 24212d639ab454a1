// The stretch of time a chart shows: moved and scaled. Pure; seconds since 1970.
export type Window = { min: number; max: number };

const LEAST_S = 10;
const MOST_S = 400 * 86_400; // as far back as trends reach

/** The window `factor` times as long, with the time `at` staying where it is. */
export function zoomed({ min, max }: Window, factor: number, at = (min + max) / 2): Window {
  const bounded = Math.min(MOST_S, Math.max(LEAST_S, (max - min) * factor)) / (max - min);
  return { min: at - (at - min) * bounded, max: at + (max - at) * bounded };
}

/** The window a share of its length later (or earlier), never beyond now. */
export function moved({ min, max }: Window, share: number, now_s: number): Window {
  const by = Math.min((max - min) * share, now_s - max);
  return { min: min + by, max: max + by };
}

/** The window under two fingers: what was at their places (as shares of the width) stays under them. */
export function pinched(
  { min, max }: Window,
  [a, b]: readonly [number, number],
  [toA, toB]: readonly [number, number],
  now_s: number,
): Window {
  const [atA, atB] = [a, b].map((share) => min + share * (max - min)) as [number, number];
  const apart = Math.max(Math.abs(toB - toA), 0.02) * (Math.sign(toB - toA) || 1);
  const length_s = Math.min(MOST_S, Math.max(LEAST_S, Math.abs((atB - atA) / apart)));
  const middle = (atA + atB) / 2 - ((toA + toB) / 2) * length_s;
  const end = Math.min(middle + length_s, Math.max(now_s, max));
  return { min: end - length_s, max: end };
}
