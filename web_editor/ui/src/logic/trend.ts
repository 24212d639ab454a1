// Curves: several series on one time axis, and the present added to the past. Pure.
import type { Trend, Value } from "../api/types";

/** Columns for a chart: times in seconds, then one column per trend, null where it has no point. */
export function aligned(trends: readonly Trend[]): (number | null)[][] {
  const times = [...new Set(trends.flatMap((trend) => trend.at_ms))].sort((a, b) => a - b);
  const columns = trends.map((trend) => {
    const at = new Map(trend.at_ms.map((time, i) => [time, trend.value[i] ?? null]));
    // undefined: this series has no bucket here, the line goes on; null: it has one without data, the line breaks
    return times.map((time) => (at.has(time) ? at.get(time)! : undefined) as number | null);
  });
  return [times.map((time) => time / 1000), ...columns];
}

/** The trends with the live value added when it is newer than their last point, and without what is older than the span. */
export function withLive(trends: readonly Trend[], rows: ReadonlyMap<string, Value>, now_ms: number, span_s: number): readonly Trend[] {
  const next = trends.map((trend) => {
    const live = rows.get(trend.key);
    const last = trend.at_ms.at(-1) ?? -Infinity;
    if (!live || typeof live.value !== "number" || live.at_ms <= last) return trend;
    const kept = trend.at_ms.findIndex((time) => time >= now_ms - span_s * 1000);
    const from = kept < 0 ? trend.at_ms.length : kept;
    return { ...trend, at_ms: [...trend.at_ms.slice(from), live.at_ms], value: [...trend.value.slice(from), live.value] };
  });
  return next.every((trend, i) => trend === trends[i]) ? trends : next;
}
