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
