// JSON Schemas as forms read them: references, unions, what lists and maps hold. Pure; knows no fields.
import { NUMBER } from "../api/generated";
import type { Json, JsonSchema } from "../api/types";
import { parseJson } from "./digits";
import { isMap } from "./operations";

const SCALARS: readonly (string | undefined)[] = ["string", "number", "integer", "boolean"];

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

/** The shapes a value may have: the branches of a union, or the schema itself. */
export const branchesOf = (schema: JsonSchema): JsonSchema[] =>
  (schema.anyOf ?? schema.oneOf ?? [schema]).filter((branch) => branch.type !== "null");

export const typesOf = (schema: JsonSchema): string[] => [schema.type ?? []].flat().filter((type) => type !== "null");

/** Whether every value is a text, a number or a truth. */
export function isScalar(schema: JsonSchema | null | undefined): boolean {
  if (!schema) return false;
  const branches = branchesOf(schema);
  if (branches.length > 1) return branches.every(isScalar);
  const types = typesOf(schema);
  return types.length > 0 && types.every((type) => SCALARS.includes(type));
}

/** What the values of a map are, where the schema says that once for all of them. */
export function valuesOf({ additionalProperties, patternProperties }: JsonSchema): JsonSchema | null {
  if (typeof additionalProperties === "object") return additionalProperties;
  const patterns = Object.values(patternProperties ?? {});
  return patterns.length === 1 ? patterns[0]! : null;
}

/** Whether a value has the shape of a schema; says nothing of ranges and patterns. */
export function hasShape(value: Json, schema: JsonSchema): boolean {
  if (schema.const !== undefined) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value);
  return typesOf(schema).some((type) => type === shapeOf(value) || (type === "number" && shapeOf(value) === "integer"));
}

function shapeOf(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (isMap(value)) return "object";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

/** Whole numbers keep all their digits. */
const numberOf = (text: string) => (/^-?[1-9]\d*$/.test(text) ? parseJson(text) : Number(text)) as Json;

/** The value that a line means: text where the schema wants text, else a number or a truth where it reads like one. */
export function scalarOf(text: string, schema: JsonSchema | null | undefined): Json {
  const types = schema ? branchesOf(schema).flatMap(typesOf) : [];
  const fits = (...wanted: string[]) => types.length === 0 || wanted.some((type) => types.includes(type));
  if (fits("number", "integer") && NUMBER.test(text)) return numberOf(text);
  if (fits("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}
