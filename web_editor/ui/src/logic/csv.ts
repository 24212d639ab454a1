// Curves as RFC 4180 text: a row for each time, a column for each point. Pure.
import type { Trend } from "../api/types";

/** Times are UTC in RFC 3339; a point without a value at a time has an empty cell. */
export function csvOf(trends: readonly Trend[]): string {
  const columns = trends.map((trend) => new Map(trend.at_ms.map((at_ms, i) => [at_ms, trend.value[i] ?? null])));
  const times = [...new Set(trends.flatMap(({ at_ms }) => at_ms))].sort((a, b) => a - b);
  const head = ["time", ...trends.map(({ key, unit }) => (unit ? `${key} (${unit})` : key))];
  const rows = times.map((at_ms) => [
    new Date(at_ms).toISOString(),
    ...columns.map((column) => column.get(at_ms)?.toString() ?? ""),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** Quoted where it must be; a name that a spreadsheet would run as a formula gets an apostrophe. */
function cell(text: string): string {
  const safe = /^[=@+]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
