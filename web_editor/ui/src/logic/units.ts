// Durations and sizes as flow files write them, by the engine's tables. Pure.
import { DURATION, SIZE, UNITS_BYTES, UNITS_S } from "../api/generated";

/** A number without a unit: seconds or bytes. */
const BARE = /^\d+(\.\d+)?$/;

/** Seconds of `250ms`, `5s`, `1h30m`, `14d` or `90`; null when it is not a duration. */
export const parseDuration_s = (text: string) => total(text.trim(), DURATION, UNITS_S);

/** Bytes of `64KiB`, `2GiB` or `512`; null when it is not a size. */
export const parseSize_bytes = (text: string) => total(text.trim(), SIZE, UNITS_BYTES);

function total(text: string, pattern: RegExp, units: Record<string, number>): number | null {
  if (BARE.test(text)) return Number(text);
  if (!pattern.test(text)) return null;
  const parts = [...text.matchAll(/([\d.]+) ?([A-Za-z]+)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0);
}

/** Seconds as a flow would have them: `10s`, `1d`, `250ms`, `90m`. */
export function durationText(value_s: number): string {
  if (value_s === 0) return "0s";
  const unit = ["d", "h", "m", "s", "ms", "us"].find((each) => Number.isInteger(round(value_s / UNITS_S[each]!)));
  return unit === undefined ? `${value_s}s` : `${round(value_s / UNITS_S[unit]!)}${unit}`;
}

/** Bytes as a flow would have them: `64MiB`, `512`. */
export function sizeText(value_bytes: number): string {
  const unit = ["TiB", "GiB", "MiB", "KiB"].find((each) => value_bytes > 0 && value_bytes % UNITS_BYTES[each]! === 0);
  return unit === undefined ? String(value_bytes) : `${value_bytes / UNITS_BYTES[unit]!}${unit}`;
}

/** Without what binary fractions leave over. */
const round = (value: number) => Math.round(value * 1e6) / 1e6;
