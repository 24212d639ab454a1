// Values of the RTDB as text, and which of them a pattern means. Pure but for the language of numbers.
import type { Json } from "../api/types";
import { dateTime, isOne, number } from "../i18n";
import { isMap } from "./operations";
import { summary, visible } from "./payload";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** As people read it: numbers and instants by the language, the latter in their own time. */
export function showValue(value: Json, digits: number | null = null): string {
  if (typeof value === "number") return number(value, digits ?? 3);
  if (typeof value === "string")
    return INSTANT.test(value) ? dateTime(Date.parse(value)) : visible(value).slice(0, 200);
  return value === null ? "–" : summary(value, 80);
}

/** What a flow calls this value, else the value itself. */
export function inWords(value: Json, words: Readonly<Record<string, string>>, digits: number | null = null): string {
  const name = isMap(value) || Array.isArray(value) ? "" : String(value);
  return name !== "" && Object.hasOwn(words, name) ? words[name]! : showValue(value, digits);
}

/** The unit as it stands behind this value; `one|many`, also as the flow's word for it, picks by the language's rule. */
export function unitOf(
  unit: string | null | undefined,
  value: Json,
  words: Readonly<Record<string, string>> = {},
): string {
  const [one = "", many] = (Object.hasOwn(words, unit ?? "") ? words[unit!]! : (unit ?? "")).split("|");
  return many === undefined || (typeof value === "number" && isOne(value)) ? one : many;
}

/** What a flow calls this point: by its whole key, or by the levels of it that have words. */
export function keyInWords(key: string, words: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(words, key)) return words[key]!;
  const levels = key.split("/");
  const named = levels.some((level) => Object.hasOwn(words, level));
  return named ? levels.map((level) => inWords(level, words)).join(" ") : key;
}

/** Whether a key fits a pattern: `*` is one level or a part of it, `**` the rest. */
export function fitsPattern(key: string, pattern: string): boolean {
  const [levels, wanted] = [key.split("/"), pattern.split("/")];
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "**") return true;
    if (levels[i] === undefined || !fitsLevel(levels[i]!, wanted[i]!)) return false;
  }
  return levels.length === wanted.length;
}

/** Each piece between the stars in its order, the first at the beginning, the last at the end: linear in time. */
function fitsLevel(level: string, wanted: string): boolean {
  const [first = "", ...rest] = wanted.split("*");
  const last = rest.pop();
  if (last === undefined) return level === first;
  if (!level.startsWith(first)) return false;
  let place = first.length;
  for (const piece of rest) {
    const found = level.indexOf(piece, place);
    if (found < 0) return false;
    place = found + piece.length;
  }
  return level.length - last.length >= place && level.endsWith(last);
}
