// Values of the RTDB as text, and which of them a pattern means. Pure but for the language of numbers.
import type { Json } from "../api/types";
import { number } from "../i18n";
import { summary, visible } from "./payload";

export function showValue(value: Json, digits: number | null = null): string {
  if (typeof value === "number") return number(value, digits ?? 3);
  if (typeof value === "string") return visible(value).slice(0, 200);
  return value === null ? "–" : summary(value, 80);
}

/** Whether a key fits a pattern: `*` is one level, `**` the rest. */
export function fitsPattern(key: string, pattern: string): boolean {
  const [levels, wanted] = [key.split("/"), pattern.split("/")];
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "**") return true;
    if (levels[i] === undefined || (wanted[i] !== "*" && wanted[i] !== levels[i])) return false;
  }
  return levels.length === wanted.length;
}
