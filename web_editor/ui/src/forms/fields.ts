// From a node's JSON Schema to the fields of a form. Pure: no text shown to people.
import type { Json, JsonSchema } from "../api/types";
import { isMap } from "../logic/operations";
import { branchesOf, hasShape, isScalar, resolve, typesOf, valuesOf } from "../logic/schema";

export type FieldKind =
  | "text"
  | "multiline"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "duration"
  | "size"
  | "expression"
  | "template"
  | "script"
  | "regex"
  | "topic"
  | "secret"
  | "connection"
  | "node"
  | "group"
  | "groups"
  | "list"
  | "map"
  | "choices"
  | "fixed"
  | "variant"
  | "yaml";
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
  fields: Field[]; // of a group, and of each of several groups
  items: JsonSchema | null; // what a list or map holds
  single: JsonSchema | null; // what a list of one may be instead
  variants: Field[]; // the shapes to choose from
};

const FORMATS: readonly string[] = [
  "duration",
  "size",
  "expression",
  "template",
  "script",
  "secret",
  "connection",
  "node",
  "regex",
  "topic",
  "multiline",
];

/** The fields in the order a person fills them: required first, advanced last, else as written. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema = schema): Field[] {
  const resolved = resolve(schema, root);
  const required = new Set(resolved.required ?? []);
  const fields = Object.entries(resolved.properties ?? {}).map(([name, inner]) =>
    fieldOf(name, inner, required.has(name), root),
  );
  const rank = (field: Field) => (field.required ? 0 : field.advanced ? 2 : 1);
  return fields.sort((a, b) => rank(a) - rank(b));
}

export function fieldOf(name: string, outer: JsonSchema, required: boolean, root: JsonSchema): Field {
  const schema = resolve(outer, root);
  const kind = kindOf(schema, root);
  const branches = branchesOf(schema);
  const held =
    (kind === "list" || kind === "choices" || kind === "groups" ? listOf(branches)?.items : null) ?? valuesOf(schema);
  const items = held && resolve(held, root);
  return {
    name,
    kind,
    schema,
    required,
    items,
    label: titleOf(schema, name),
    help: schema.description ?? "",
    unit: schema["x-unit"] ?? null,
    advanced: schema["x-advanced"] === true,
    choices: (kind === "choices" ? items?.enum : schema.enum) ?? (schema.const === undefined ? [] : [schema.const]),
    connections: schema["x-connection"] ?? [],
    fields: kind === "group" ? fieldsOf(schema, root) : kind === "groups" ? fieldsOf(items!, root) : [],
    single: branches.length > 1 && (kind === "list" || kind === "choices") ? branches.find(isScalar)! : null,
    variants:
      kind === "variant"
        ? branches.map((branch) => fieldOf(name, { ...branch, title: schema.title ?? name }, required, root))
        : [],
  };
}

/** The shape that a value has, the first one where there is none. */
export const variantOf = ({ variants }: Field, value: Json | undefined): Field =>
  (value === undefined ? undefined : variants.find(({ schema }) => hasShape(value, schema))) ?? variants[0]!;

/** Values that fields can have no other of. */
export function fixedOf(fields: readonly Field[]): Record<string, Json> {
  return Object.fromEntries(
    fields.filter(({ kind, required }) => kind === "fixed" && required).map(({ name, choices }) => [name, choices[0]!]),
  );
}

/** Keys of the points whose present values the fields of a page's form begin with. */
export const presentKeys = ({ properties }: JsonSchema): string[] =>
  Object.values(properties ?? {}).flatMap((schema) => schema["x-key"] ?? []);

/** Those values, by field; a field whose point is not there is left out. */
export function presentOf(fields: readonly Field[], rows: ReadonlyMap<string, { value: Json }>): Record<string, Json> {
  return Object.fromEntries(
    fields.flatMap(({ name, schema }) => {
      const row = rows.get(schema["x-key"] ?? "");
      return row === undefined || row.value === null ? [] : [[name, row.value]];
    }),
  );
}

/** The fields that hold something. */
export const filledWith = (config: Record<string, Json | undefined>): Record<string, Json> =>
  Object.fromEntries(Object.entries(config).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

export function kindOf(schema: JsonSchema, root: JsonSchema = schema): FieldKind {
  if (schema.format && FORMATS.includes(schema.format)) return schema.format as FieldKind;
  if (schema.const !== undefined) return "fixed";
  if (schema.enum) return "choice";
  const branches = branchesOf(schema);
  const format = branches.every(isScalar) ? unionFormat(schema) : null;
  if (format) return format;
  if (schema.writeOnly) return "secret";
  if (branches.length > 1) return unionKind(branches, root);
  const types = typesOf(schema);
  if (types[0] === "array") return listKind(schema, root);
  if (types[0] === "object") return mapKind(schema, root);
  if (types.length > 1 || types[0] === "string") return isScalar(schema) ? "text" : "yaml";
  return (PLAIN as readonly (string | undefined)[]).includes(types[0]) ? (types[0] as FieldKind) : "yaml";
}

const PLAIN = ["number", "integer", "boolean"] as const;

/** A duration or size may also be a bare number in the schema; the form then shows the text form. */
function unionFormat(schema: JsonSchema): FieldKind | null {
  const formats = (schema.anyOf ?? schema.oneOf ?? [])
    .map((branch) => branch.format)
    .filter((format) => format !== undefined);
  const found = formats.find((format) => FORMATS.includes(format!));
  return (found as FieldKind | undefined) ?? null;
}

/** One or several of the same thing is a list that may be a single line; a table or the name of a file, and anything
 * else, is asked for by its shape. */
function unionKind(branches: JsonSchema[], root: JsonSchema): FieldKind {
  if (branches.every(isScalar)) return "text";
  const list = listOf(branches);
  const held = branches.length === 2 && list && branches.some(isScalar) ? listKind(list, root) : null;
  if (held && held !== "groups") return held;
  return branches.every((branch) => kindOf(resolve(branch, root), root) !== "yaml") ? "variant" : "yaml";
}

const listOf = (branches: JsonSchema[]): JsonSchema | undefined =>
  branches.find((branch) => typesOf(branch)[0] === "array");

function listKind({ items }: JsonSchema, root: JsonSchema): FieldKind {
  const item = items && resolve(items, root);
  if (item?.enum) return "choices";
  if (isScalar(item)) return "list";
  return item?.properties ? "groups" : "yaml";
}

function mapKind(schema: JsonSchema, root: JsonSchema): FieldKind {
  if (schema.properties) return "group";
  const value = valuesOf(schema);
  if (isScalar(value)) return "map";
  return value && resolve(value, root).properties ? "groups" : "yaml";
}

/** The name of a class, which a schema has where nobody wrote a title: `LastWords`, `EmbeddedUser`. */
const CLASS = /^[A-Z][a-z0-9]+([A-Z][a-z0-9]*)+$/;

/** A title that somebody wrote; the one that is made of the name reads better as a sentence. */
function titleOf({ title }: JsonSchema, name: string): string {
  const made =
    title === undefined ||
    CLASS.test(title) ||
    title === name.replace(/[a-z]+/g, (word) => word.charAt(0).toUpperCase() + word.slice(1)).replaceAll("_", " ");
  return made ? sentence(name) : title;
}

const CAPITALS: Readonly<Record<string, string>> = { qos: "QoS", ids: "IDs" };
const SHORT = new Set([
  "api",
  "ca",
  "crc",
  "csv",
  "http",
  "id",
  "ip",
  "json",
  "mqtt",
  "sql",
  "tcp",
  "tls",
  "udp",
  "url",
  "utc",
]);

function sentence(name: string): string {
  const words = name
    .split("_")
    .map((word) => CAPITALS[word] ?? (SHORT.has(word) ? word.toUpperCase() : word))
    .join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Names of required fields that are empty in a configuration, groups included, as dotted paths. */
export function missing(fields: readonly Field[], config: Record<string, Json>, prefix = ""): string[] {
  return fields.flatMap((field) => {
    const value = config[field.name];
    if (field.kind === "group" && isMap(value)) return missing(field.fields, value, `${prefix}${field.name}.`);
    return field.required && (value === undefined || value === null || value === "") ? [prefix + field.name] : [];
  });
}
