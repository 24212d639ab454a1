// Two cursors on curves: the values under them and what lies between. Pure; seconds since 1970.
import type { Trend } from "../api/types";
import { pointsOf } from "./trend";
import type { Window } from "./window";

export type Cursors = { a: number; b: number };
export type Difference = {
  key: string;
  unit: string | null;
  a: number | null;
  b: number | null;
  between: number | null;
};

const STEP = 0.01;
const LEAP = 0.1;

/** Where two cursors begin: in the middle of each half of what is known in the window. */
export function firstCursors(window: Window, trends: readonly Trend[]): Cursors {
  const times = trends.flatMap(({ at_ms, value }) => at_ms.filter((_, i) => value[i] != null)).map((at) => at / 1000);
  const seen = times.filter((at) => at >= window.min && at <= window.max).sort((a, b) => a - b);
  const [min, max] = seen.length > 1 ? [seen[0]!, seen.at(-1)!] : [window.min, window.max];
  return { a: min + (max - min) / 4, b: min + (3 * (max - min)) / 4 };
}

/** The value of the nearest point, on either side; null where the curve is broken there, or before it begins. */
export function valueAt(trend: Trend, at_s: number): number | null {
  const { at_ms, value } = pointsOf(trend);
  const at = at_s * 1000;
  const first = at_ms[0];
  const last = at_ms.at(-1);
  if (first === undefined || last === undefined) return null;
  const usual = at_ms.length > 1 ? (last - first) / (at_ms.length - 1) : 0;
  if (at < first - usual || at > last + usual) return null;
  let best = 0;
  at_ms.forEach((time, i) => {
    if (Math.abs(time - at) < Math.abs(at_ms[best]! - at)) best = i;
  });
  return value[best] ?? null;
}

export function differences(trends: readonly Trend[], { a, b }: Cursors): Difference[] {
  return trends.map((trend) => {
    const [atA, atB] = [valueAt(trend, a), valueAt(trend, b)];
    const between = atA === null || atB === null ? null : atB - atA;
    return { key: trend.key, unit: trend.unit, a: atA, b: atB, between };
  });
}

/** The cursor that is nearer to a place goes there. */
export const nearestTo = (cursors: Cursors, at_s: number): keyof Cursors =>
  Math.abs(cursors.a - at_s) <= Math.abs(cursors.b - at_s) ? "a" : "b";

/** Where a key takes a cursor, within the window; null for a key that moves none. */
export function stepped(
  at_s: number,
  { key, shiftKey }: { key: string; shiftKey: boolean },
  window: Window,
): number | null {
  const step = (window.max - window.min) * (shiftKey ? LEAP : STEP);
  const to = { ArrowLeft: at_s - step, ArrowRight: at_s + step, Home: window.min, End: window.max }[key];
  return to === undefined ? null : Math.min(window.max, Math.max(window.min, to));
}
