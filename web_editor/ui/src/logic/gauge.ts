// A value on a scale, as a part of it and as an arc. Pure.

export type Scale = { min: number; max: number; warn: number | null; error: number | null };

/** Where a value lies, from 0 to 1. */
export const shareOf = (value: number, { min, max }: Scale): number =>
  Math.min(1, Math.max(0, (value - min) / (max - min || 1)));

export const stateOf = (value: number, { warn, error }: Scale): 1 | 2 | 3 =>
  error !== null && value >= error ? 3 : warn !== null && value >= warn ? 2 : 1;

export type Zone = { from: number; to: number; state: 1 | 2 | 3 };

/** The parts of the scale by what a value there means; only ok where no limit lies on it. */
export function zonesOf(scale: Scale): Zone[] {
  const error = scale.error === null ? 1 : shareOf(scale.error, scale);
  const warn = scale.warn === null ? error : Math.min(error, shareOf(scale.warn, scale));
  const zones: Zone[] = [
    { from: 0, to: warn, state: 1 },
    { from: warn, to: error, state: 2 },
    { from: error, to: 1, state: 3 },
  ];
  return zones.filter(({ from, to }) => to > from);
}

/** An SVG path along half a circle around (60, 60), from one share to another, left to right. */
export function arc(from: number, to: number, radius: number): string {
  const at = (share: number) => {
    const angle = Math.PI * (1 - share);
    return `${(60 + radius * Math.cos(angle)).toFixed(2)} ${(60 - radius * Math.sin(angle)).toFixed(2)}`;
  };
  return `M${at(from)}A${radius} ${radius} 0 0 1 ${at(to)}`;
}
