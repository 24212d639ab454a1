// Every setting of every type that is there gets a fitting control: YAML only where any value at all may stand.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NodeTypes } from "../src/api/types";
import { type Field, fieldsOf } from "../src/forms/fields";

const ROOT = join(import.meta.dirname, "../../..");
const PRINT =
  "import sys; from flowengine.catalog import installed; from web_editor.palette.node_types import types_of; sys.stdout.buffer.write(types_of(installed()))";
const types = JSON.parse(
  execFileSync(join(ROOT, ".venv/bin/python"), ["-c", PRINT], { cwd: ROOT, maxBuffer: 2 ** 26, encoding: "utf8" }),
) as NodeTypes;

/** Settings that are written as YAML, and why nothing else would do. */
const YAML: Record<string, string> = {
  "alert.limits.default": "any value",
  "every.for_each": "a list, a map, a range or a file",
  "filter.limits.default": "any value",
  "http_in.answers": "texts, or texts with JSON Schemas",
  "http_in.parameters": "a JSON Schema for each name",
  "http_in.schema": "a JSON Schema",
  "hysteresis.limits.default": "any value",
  "influx_query.values": "any value for each place, or a time",
  "inject.payload": "a message's payload: any value",
  "lookup.default": "any map",
  "lookup.table": "any map for each name",
  "rtdb_read.values.default": "any value",
  "schedule.off": "any value",
  "schedule.on": "any value",
  "schedule.weekly": "times by day, each a text or a map",
  "set.values": "any value for each place",
  "sql_query.values": "any value for each place",
  "validate.schema": "a JSON Schema",
};

const withInner = (path: string, field: Field): [string, Field][] => [
  [path, field],
  ...[
    ...field.fields.map((inner) => [`${path}.${inner.name}`, inner] as const),
    ...field.variants.map((inner) => [`${path}(${inner.kind})`, inner] as const),
  ].flatMap(([name, inner]) => withInner(name, inner)),
];

const all = [...types.nodes, ...types.connections, { type: "every", schema: types.every }].flatMap(({ type, schema }) =>
  fieldsOf(schema).flatMap((field) => withInner(`${type}.${field.name}`, field)),
);

describe("forms of all types", () => {
  it("ask for YAML only where any value may stand", () => {
    expect(types.nodes.length).toBeGreaterThan(50);
    expect(
      all
        .filter(([, { kind }]) => kind === "yaml")
        .map(([path]) => path)
        .sort(),
    ).toEqual(Object.keys(YAML));
  });
  it("have a line of help for every setting", () => {
    expect(all.filter(([path, { help }]) => !help && !path.endsWith(")")).map(([path]) => path)).toEqual([]);
  });
  it("ask for what every node may have, a queue by its length or by its bounds", () => {
    expect(fieldsOf(types.every).map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "note text",
      "area text",
      "disabled boolean",
      "was text",
      "durable variant",
      "place text",
      "queue variant",
      "dedupe group",
      "for_each yaml",
      "guarantee choice",
    ]);
  });
  it("offer every choice that the schema names", () => {
    const promise = "every.guarantee"; // it is made or not
    expect(
      all
        .filter(
          ([path, { kind, choices }]) =>
            path !== promise && (kind === "choice" || kind === "choices") && choices.length < 2,
        )
        .map(([path]) => path),
    ).toEqual([]);
  });
});
