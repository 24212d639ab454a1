// Lists and maps of simple values as one line each, the way the form shows them. Pure.
import type { Json, JsonSchema } from "../api/types";
import { isMap } from "../logic/operations";
import { scalarOf } from "../logic/schema";

export function linesOf(value: Json | undefined): string {
  if (Array.isArray(value)) return value.map(show).join("\n");
  if (value !== undefined && isMap(value))
    return Object.entries(value)
      .map(([key, item]) => `${key}: ${show(item)}`)
      .join("\n");
  return value === undefined || value === null ? "" : show(value);
}

const show = (value: Json) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** The list; items take a type that the schema names, else numbers and booleans as YAML reads them. */
export function listOf(text: string, items: JsonSchema | null): Json[] {
  return filled(text).map((line) => scalarOf(line, items));
}

/** The map, or the first line that is not `key: value`. */
export function mapOf(text: string, items: JsonSchema | null): { value: Record<string, Json> } | { line: string } {
  const value: Record<string, Json> = {};
  for (const line of filled(text)) {
    const match = /^([^:]+):\s*(.*)$/.exec(line);
    if (!match) return { line };
    value[match[1]!.trim()] = scalarOf(match[2]!, items);
  }
  return { value };
}

const filled = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
