// What is typed into a field as the value it holds, and back. Pure but for the language of numbers.
import type { Json } from "../api/types";
import { numberAsTyped, typedNumber } from "../i18n";
import { scalarOf } from "../logic/schema";
import { durationText, parseDuration_s, parseSize_bytes, sizeText } from "../logic/units";
import type { Field } from "./fields";

export type Fault =
  | { fault: "required" }
  | { fault: "number" }
  | { fault: "integer" }
  | { fault: "duration" }
  | { fault: "size" }
  | { fault: "yaml" }
  | { fault: "range"; low: number | null; high: number | null }
  | { fault: "length"; low: number; high: number | null }
  | { fault: "pattern"; pattern: string }
  | { fault: "choice" }
  | { fault: "double" }
  | { fault: "secret" };

/** `${name}` and `${secret:name}` are filled in when the flow is loaded, so they fit any field. */
export const isReference = (text: string) => /^\$\{[^}]+\}$/.test(text.trim());

/** The value for what was typed (undefined: leave the key out), or what is wrong with it. */
export function parseField(field: Field, text: string): { value: Json | undefined } | Fault {
  const trimmed = text.trim();
  if (trimmed === "") return field.required ? { fault: "required" } : { value: undefined };
  if (isReference(trimmed)) return { value: trimmed };
  switch (field.kind) {
    case "number":
    case "integer":
      return parseNumber(field, trimmed);
    case "duration":
      return measured(trimmed, parseDuration_s) ?? { fault: "duration" };
    case "size":
      return measured(trimmed, parseSize_bytes) ?? { fault: "size" };
    case "secret":
      return { fault: "secret" };
    default:
      return parseText(field, text);
  }
}

/** With a unit as it was typed; without one it is a number, as the engine wants it. */
function measured(text: string, parse: (text: string) => number | null): { value: Json } | null {
  const value = parse(text);
  return value === null ? null : { value: value === Number(text) ? value : text };
}

function parseNumber({ kind, schema }: Field, text: string): { value: Json } | Fault {
  const value = typedNumber(text);
  if (!Number.isFinite(value)) return { fault: "number" };
  if (kind === "integer" && !Number.isInteger(value)) return { fault: "integer" };
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = minimum ?? exclusiveMinimum ?? null;
  const high = maximum ?? exclusiveMaximum ?? null;
  const out =
    (minimum !== undefined && value < minimum) ||
    (maximum !== undefined && value > maximum) ||
    (exclusiveMinimum !== undefined && value <= exclusiveMinimum) ||
    (exclusiveMaximum !== undefined && value >= exclusiveMaximum);
  return out ? { fault: "range", low, high } : { value };
}

function parseText({ schema, choices, kind }: Field, text: string): { value: Json } | Fault {
  if (kind === "choice")
    return choices.some((choice) => String(choice) === text)
      ? { value: choices.find((choice) => String(choice) === text)! }
      : { fault: "choice" };
  const [low, high] = [schema.minLength ?? 0, schema.maxLength ?? null];
  if (text.length < low || (high !== null && text.length > high)) return { fault: "length", low, high };
  if (schema.pattern && !matches(schema.pattern, text)) return { fault: "pattern", pattern: schema.pattern };
  return { value: scalarOf(text, schema) };
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text.slice(0, 2000));
  } catch {
    return true; // a pattern of another dialect: the checker has the last word
  }
}

/** What a field holds as it would be typed into it; numbers have the reader's decimal sign. */
export const typedText = ({ kind }: Field, value: Json | undefined): string =>
  kind === "number" && typeof value === "number" ? numberAsTyped(value) : showField(value);

/** What a field shows for a value of the flow. */
export function showField(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What people read instead of a choice. */
export const saidOf = ({ schema }: Field, choice: Json): string =>
  schema["x-words"]?.[String(choice)] ?? showField(choice);

/** What holds where nothing is written, as it would be written: seconds and bytes with their units. */
export function showDefault(field: Field): string {
  const { kind, schema } = field;
  const value = schema.default;
  if (typeof value === "number" && kind === "duration") return durationText(value);
  if (typeof value === "number" && kind === "size") return sizeText(value);
  return typedText(field, value);
}
