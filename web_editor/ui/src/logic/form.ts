// From a node's JSON Schema to the fields of a form, and back to the value a field holds. Pure: no text shown to people.
import type { Json, JsonSchema } from "../api/types";
import { isMap } from "./operations";
import { parseDuration_s, parseSize_bytes } from "./units";

export type FieldKind =
  | "text" | "multiline" | "number" | "integer" | "boolean" | "choice" | "duration" | "size" | "expression" | "template"
  | "regex" | "topic" | "secret" | "connection" | "node" | "group" | "list" | "map" | "yaml";
export type Field = {
  name: string;
  kind: FieldKind;
  schema: JsonSchema;
  required: boolean;
  label: string;
  help: string;
  unit: string | null;
  advanced: boolean;
  choices: Json[];
  connections: string[];
  fields: Field[]; // of a group
};

const FORMATS: readonly string[] = ["duration", "size", "expression", "template", "secret", "connection", "node", "regex", "topic", "multiline"];

/** The fields in the order a person fills them: required first, advanced last, else as written. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema = schema): Field[] {
  const resolved = resolve(schema, root);
  const required = new Set(resolved.required ?? []);
  const fields = Object.entries(resolved.properties ?? {}).map(([name, inner]) => fieldOf(name, inner, required.has(name), root));
  const rank = (field: Field) => (field.required ? 0 : field.advanced ? 2 : 1);
  return fields.sort((a, b) => rank(a) - rank(b));
}

export function fieldOf(name: string, outer: JsonSchema, required: boolean, root: JsonSchema): Field {
  const schema = resolve(outer, root);
  const kind = kindOf(schema);
  return {
    name, kind, schema, required,
    label: titleOf(schema, name),
    help: schema.description ?? "",
    unit: schema["x-unit"] ?? null,
    advanced: schema["x-advanced"] === true,
    choices: schema.enum ?? (schema.const === undefined ? [] : [schema.const]),
    connections: schema["x-connection"] ?? [],
    fields: kind === "group" ? fieldsOf(schema, root) : [],
  };
}

/** The schema with its reference followed, single-branch unions opened and `null` branches left out. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let depth = 0; depth < 16; depth++) {
    const { $ref, ...beside } = current;
    if ($ref) {
      current = { ...(root.$defs?.[$ref.replace("#/$defs/", "")] ?? {}), ...beside };
      continue;
    }
    const branches = (current.anyOf ?? current.oneOf ?? current.allOf)?.filter((branch) => branch.type !== "null");
    if (!branches) return current;
    const { anyOf: _a, oneOf: _o, allOf: _l, ...rest } = current;
    if (branches.length === 1) current = { ...branches[0]!, ...rest };
    else if (branches.every((branch) => resolve(branch, root).const !== undefined))
      current = { ...rest, enum: branches.map((branch) => resolve(branch, root).const!) };
    else return current;
  }
  return current;
}

export function kindOf(schema: JsonSchema): FieldKind {
  if (schema.format && FORMATS.includes(schema.format)) return schema.format as FieldKind;
  if (schema.enum) return "choice";
  const format = unionFormat(schema);
  if (format) return format;
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  if (schema.writeOnly) return "secret";
  if (type === "string") return "text";
  if (type === "number" || type === "integer" || type === "boolean") return type;
  if (type === "array") return isScalar(schema.items) ? "list" : "yaml";
  if (type === "object") {
    if (schema.properties) return "group";
    return isScalar(typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined) ? "map" : "yaml";
  }
  return "yaml";
}

/** A duration or size may also be a bare number in the schema; the form then shows the text form. */
function unionFormat(schema: JsonSchema): FieldKind | null {
  const formats = (schema.anyOf ?? schema.oneOf ?? []).map((branch) => branch.format).filter((format) => format !== undefined);
  const found = formats.find((format) => FORMATS.includes(format!));
  return (found as FieldKind | undefined) ?? null;
}

const isScalar = (schema: JsonSchema | undefined) =>
  schema !== undefined && typeof schema.type === "string" && ["string", "number", "integer", "boolean"].includes(schema.type);

/** A title that somebody wrote; the one that is made of the name reads better as a sentence. */
function titleOf({ title }: JsonSchema, name: string): string {
  const made = title === undefined || title.toLowerCase() === name.replaceAll("_", " ").toLowerCase();
  return made ? sentence(name) : title;
}

function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type Fault =
  | { fault: "required" } | { fault: "number" } | { fault: "integer" } | { fault: "duration" } | { fault: "size" } | { fault: "yaml" }
  | { fault: "range"; low: number | null; high: number | null } | { fault: "length"; low: number; high: number | null }
  | { fault: "pattern"; pattern: string } | { fault: "choice" } | { fault: "secret" };

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
      return parseDuration_s(trimmed) === null ? { fault: "duration" } : { value: trimmed };
    case "size":
      return parseSize_bytes(trimmed) === null ? { fault: "size" } : { value: trimmed };
    case "secret":
      return { fault: "secret" };
    default:
      return parseText(field, text);
  }
}

function parseNumber({ kind, schema }: Field, text: string): { value: Json } | Fault {
  const value = Number(text);
  if (!Number.isFinite(value)) return { fault: "number" };
  if (kind === "integer" && !Number.isInteger(value)) return { fault: "integer" };
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = minimum ?? exclusiveMinimum ?? null;
  const high = maximum ?? exclusiveMaximum ?? null;
  const out =
    (minimum !== undefined && value < minimum) || (maximum !== undefined && value > maximum) ||
    (exclusiveMinimum !== undefined && value <= exclusiveMinimum) || (exclusiveMaximum !== undefined && value >= exclusiveMaximum);
  return out ? { fault: "range", low, high } : { value };
}

function parseText({ schema, choices, kind }: Field, text: string): { value: Json } | Fault {
  if (kind === "choice") return choices.some((choice) => String(choice) === text) ? { value: choices.find((choice) => String(choice) === text)! } : { fault: "choice" };
  const [low, high] = [schema.minLength ?? 0, schema.maxLength ?? null];
  if (text.length < low || (high !== null && text.length > high)) return { fault: "length", low, high };
  if (schema.pattern && !matches(schema.pattern, text)) return { fault: "pattern", pattern: schema.pattern };
  return { value: text };
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text.slice(0, 2000));
  } catch {
    return true; // a pattern of another dialect: the checker has the last word
  }
}

/** What a field shows for a value of the flow. */
export function showField(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Names of required fields that are empty in a configuration, groups included, as dotted paths. */
export function missing(fields: readonly Field[], config: Record<string, Json>, prefix = ""): string[] {
  return fields.flatMap((field) => {
    const value = config[field.name];
    if (field.kind === "group" && isMap(value)) return missing(field.fields, value, `${prefix}${field.name}.`);
    return field.required && (value === undefined || value === null || value === "") ? [prefix + field.name] : [];
  });
}
