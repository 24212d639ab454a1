// Durations and sizes as flow files write them. Pure.
const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const BYTES: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Seconds of `250ms`, `5s`, `1h30m`, `14d`; null when it is not a duration. */
export function parseDuration_s(text: string): number | null {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, number, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g))
    total += Number(number) * SECONDS[unit!]!;
  return total;
}

/** Bytes of `64KiB`, `2GiB`, `512`; null when it is not a size. */
export function parseSize_bytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kKMGT]?i?B)?$/.exec(text.trim());
  if (!match) return null;
  const unit = BYTES[match[2] ?? "B"];
  return unit === undefined ? null : Number(match[1]) * unit;
}

/** Seconds as a flow would have them: `10s`, `1d`, `250ms`, `90m`. */
export function durationText(value_s: number): string {
  if (value_s === 0) return "0s";
  const unit = ["d", "h", "m", "s", "ms"].find((each) => Number.isInteger(round(value_s / SECONDS[each]!)));
  return unit === undefined ? `${value_s}s` : `${round(value_s / SECONDS[unit]!)}${unit}`;
}

/** Bytes as a flow would have them: `64MiB`, `512`. */
export function sizeText(value_bytes: number): string {
  const unit = ["TiB", "GiB", "MiB", "KiB"].find((each) => value_bytes > 0 && value_bytes % BYTES[each]! === 0);
  return unit === undefined ? String(value_bytes) : `${value_bytes / BYTES[unit]!}${unit}`;
}

/** Without what binary fractions leave over. */
const round = (value: number) => Math.round(value * 1e6) / 1e6;
