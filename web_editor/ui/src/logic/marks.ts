// Limits and alarms on a curve: how far a scale reaches for them, what lies in a window, and their words. Pure but for the language.
import type { AlarmSpan, CurveMarks, LimitLine, Trend } from "../api/types";
import { dateTime, duration, number, t, timeOfDay } from "../i18n";
import type { Window } from "./window";

/** A limit further from the values than this many times their own range would flatten them: it is only told in words. */
const REACH_TIMES = 1.5;

/** The range of a scale with the limits that are near enough to be seen beside the values. */
export function withLimits(low: number, high: number, limits: readonly number[]): [number, number] {
  const reach = REACH_TIMES * (high - low || Math.abs(high) || 1);
  const near = limits.filter((value) => value >= low - reach && value <= high + reach);
  return [Math.min(low, ...near), Math.max(high, ...near)];
}

/** The part of an alarm that lies in a window, in seconds; null for none of it. One that is active reaches up to now. */
export function within(span: AlarmSpan, window: Window, now_s: number): [number, number] | null {
  const from = Math.max(window.min, span.from_ms / 1000);
  const to = Math.min(window.max, span.to_ms === null ? now_s : span.to_ms / 1000);
  return from < to ? [from, to] : null;
}

/** The marks of these curves, each limit with the unit of its curve where its alarm has none. */
export function withUnits(marks: readonly CurveMarks[], trends: readonly Trend[]): CurveMarks[] {
  return marks.map((mark) => {
    const unit = trends.find(({ key }) => key === mark.key)?.unit ?? null;
    return { ...mark, limits: mark.limits.map((limit) => ({ ...limit, unit: limit.unit ?? unit })) };
  });
}

/** The same limit of several curves is one line. */
export function distinctLimits(marks: readonly CurveMarks[]): LimitLine[] {
  const found = new Map(marks.flatMap(({ limits }) => limits).map((limit) => [JSON.stringify(limit), limit]));
  return [...found.values()];
}

/** Newest first: one that two curves show is told once. */
export function distinctAlarms(marks: readonly CurveMarks[]): AlarmSpan[] {
  const found = new Map(marks.flatMap(({ alarms }) => alarms).map((span) => [`${span.alarm} ${span.from_ms}`, span]));
  return [...found.values()].sort((a, b) => b.from_ms - a.from_ms);
}

/** `> 8 °C`: short enough to stand on the line, and in the row of an alarm. */
export const limitSign = (value: number, above: boolean, unit: string | null) =>
  `${above ? ">" : "<"} ${number(value)} ${unit ?? ""}`.trim();

/** What stands on the line: the limit's own name, else whose it is. */
export const limitLabel = ({ name, title, value, above, unit }: LimitLine) =>
  `${name || title} ${limitSign(value, above, unit)}`;

export function limitInWords({ name, title, value, above, unit }: LimitLine): string {
  const told = `${number(value)} ${unit ?? ""}`.trim();
  const words = t(above ? "trend.limitAbove" : "trend.limitBelow", { title, value: told });
  return name ? `${words} (${name})` : words;
}

/** A time of today without its date. */
export const moment = (at_ms: number, now_ms = Date.now()) =>
  new Date(at_ms).toDateString() === new Date(now_ms).toDateString() ? timeOfDay(at_ms) : dateTime(at_ms);

export function alarmInWords({ title, from_ms, to_ms }: AlarmSpan, now_ms: number): string {
  const from = moment(from_ms, now_ms);
  return to_ms === null
    ? t("trend.alarmSince", { title, from, length: duration((now_ms - from_ms) / 1000) })
    : t("trend.alarmUntil", { title, from, to: moment(to_ms, now_ms), length: duration((to_ms - from_ms) / 1000) });
}

/** Red for what must not wait, amber for the rest, as alarms are marked everywhere. */
export const markColour = (priority: LimitLine["priority"]) =>
  priority === "critical" || priority === "high" ? "--error" : "--warn";
