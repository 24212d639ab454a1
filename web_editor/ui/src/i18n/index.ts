// Words in the reader's language. The dictionary is chosen once, before the first rendering.
import type { en } from "./en";
import { setReasons } from "./reasons";

export type Key = keyof typeof en;
export type Dictionary = Record<Key, string>;
export type Language = "en" | "fr";

let words: Partial<Dictionary> = {};
let language: Language = "en";
let locale = "en"; // with the region: dates and numbers follow it
let plural = new Intl.PluralRules("en");

/** The language asked for, else the first of those spoken that there is a dictionary for, else English. */
export function chooseLanguage(asked: Language | null, spoken: readonly string[]): Language {
  if (asked) return asked;
  const known = spoken.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "fr" || tag === "en");
  return (known as Language | undefined) ?? "en";
}

export async function loadLanguage(chosen: Language): Promise<void> {
  if (chosen === "fr") {
    const { fr, reasons } = await import("./fr");
    use(chosen, fr);
    setReasons(reasons);
  } else use(chosen, (await import("./en")).en);
  locale = navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() === chosen) ?? chosen;
  document.documentElement.lang = chosen;
}

export function use(chosen: Language, dictionary: Dictionary): void {
  language = chosen;
  locale = chosen;
  words = dictionary;
  plural = new Intl.PluralRules(chosen);
}

export const currentLanguage = () => language;

/** The text of a key with `{name}` filled in. `one|many` picks by `n`, by the language's own plural rule. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = words[key] ?? key;
  const [one, many] = text.split("|");
  const form = many === undefined || isOne(Number(values["n"] ?? 0)) ? one! : many;
  return form.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return value === undefined ? hole : typeof value === "number" ? number(value) : value;
  });
}

/** Whether so many take the singular in the reader's language: in French 0 and 1.5 do, too. */
export const isOne = (n: number) => plural.select(n) === "one";

const formats = new Map<string, Intl.NumberFormat>();

export function number(value: number, digits = 3): string {
  const key = `${locale}/${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
    formats.set(key, format);
  }
  return format.format(value);
}

/** The sign before the decimals: a comma in French. */
export const decimalSign = (): string => number(0.5, 1).charAt(1);

/** The number that somebody typed, with the decimal sign of the reader's language or a point; NaN for anything else. */
export function typedNumber(text: string): number {
  const trimmed = text.trim();
  return trimmed === "" ? Number.NaN : Number(decimalSign() === "," ? trimmed.replace(",", ".") : trimmed);
}

/** A number as somebody would type it: with all its digits, and the decimal sign of the reader's language. */
export const numberAsTyped = (value: number): string => String(value).replace(".", decimalSign());

/** A measured value: what is large needs no thousandths. */
export const reading = (value: number): string => number(value, Math.abs(value) < 10_000 ? 3 : 1);

/** A number that fits beside a chart: 99 000, then 7.5M. */
export const tickText = (value: number): string =>
  Math.abs(value) < 100_000
    ? number(value)
    : new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 2 }).format(value);

/** A rate in few characters: 0.4, 12, 340, 12.3k. */
export function rate(value: number): string {
  if (value >= 10_000) return `${number(value / 1000, 1)}k`;
  return number(value, value < 10 ? 1 : 0);
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let step = 0;
  let scaled = value;
  while (scaled >= 1024 && step < units.length - 1) {
    scaled /= 1024;
    step++;
  }
  return `${number(scaled, scaled < 10 && step > 0 ? 1 : 0)} ${units[step]}`;
}

/** A length of time with its two largest parts at most: 850 ms, 12 s, 3 min, 2 h 5 min, 4 d. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${number(Math.round(seconds * 1000))} ms`;
  if (seconds < 90) return `${number(seconds, seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${number(Math.round(seconds / 60))} min`;
  const day = language === "fr" ? "j" : "d";
  const minutes = Math.floor((seconds % 3600) / 60);
  if (seconds < 172_800) return `${number(Math.floor(seconds / 3600))} h${minutes ? ` ${number(minutes)} min` : ""}`;
  return `${number(Math.floor(seconds / 86_400))} ${day}`;
}

export const clock = (at_ms: number) =>
  new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  }).format(at_ms);
export const dateTime = (at_ms: number) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "medium", hourCycle: "h23" }).format(at_ms);
export const timeOfDay = (at_ms: number) =>
  new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23" }).format(at_ms);
