import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../src/api/types";
import {
  type Field,
  fieldOf,
  fieldsOf,
  fixedOf,
  missing,
  presentKeys,
  presentOf,
  variantOf,
} from "../src/forms/fields";
import { parseField, typedText } from "../src/forms/fieldValue";
import { linesOf, listOf, mapOf } from "../src/forms/lines";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";
import { parseDuration_s, parseSize_bytes } from "../src/logic/units";

const field = (schema: JsonSchema, required = false): Field => fieldOf("x", schema, required, schema);

describe("fieldsOf", () => {
  const schema: JsonSchema = {
    type: "object",
    required: ["topic"],
    properties: {
      late: { type: "string", "x-advanced": true },
      qos: { type: "integer", enum: [0, 1, 2] },
      topic: { type: "string", format: "topic" },
      durable: { anyOf: [{ $ref: "#/$defs/Durable" }, { type: "null" }] },
      tags: { type: "array", items: { type: "string" } },
      fields: { type: "object", additionalProperties: { type: "string" } },
      mode: { oneOf: [{ const: "a" }, { const: "b" }] },
      format: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
      every: { anyOf: [{ type: "number" }, { type: "string", format: "duration" }] },
      key: { type: "string", writeOnly: true },
    },
    $defs: { Durable: { type: "object", properties: { max: { type: "string", format: "size" } }, required: ["max"] } },
  };
  const fields = fieldsOf(schema);
  const kind = (name: string) => fields.find((item) => item.name === name)!.kind;

  it("asks for what is required first and folds what is advanced last", () => {
    expect(fields[0]!.name).toBe("topic");
    expect(fields.at(-1)!.name).toBe("late");
  });
  it("makes the fitting field of each schema", () => {
    expect(["topic", "qos", "durable", "tags", "fields", "mode", "format", "every", "key"].map(kind)).toEqual([
      "topic",
      "choice",
      "group",
      "list",
      "map",
      "choice",
      "list",
      "duration",
      "secret",
    ]);
  });
  it("follows references into groups", () => {
    expect(fields.find(({ name }) => name === "durable")!.fields[0]).toMatchObject({
      name: "max",
      kind: "size",
      required: true,
    });
  });
  it("names what is missing, inside groups that are there", () => {
    expect(missing(fields, { durable: {} })).toEqual(["topic", "durable.max"]);
    expect(missing(fields, { topic: "a" })).toEqual([]);
  });
  it("ends on references that go round", () => {
    const ring: JsonSchema = { properties: { a: { $ref: "#/$defs/A" } }, $defs: { A: { $ref: "#/$defs/A" } } };
    expect(() => fieldsOf(ring)).not.toThrow();
  });
});

describe("fields of several inputs", () => {
  const item: JsonSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  it("are an order of choices where a list holds some of a few words", () => {
    const words: JsonSchema = { type: "string", enum: ["json", "text"] };
    expect(field({ anyOf: [words, { type: "array", items: words }] })).toMatchObject({
      kind: "choices",
      choices: ["json", "text"],
      single: words,
    });
    expect(field({ type: "array", items: words })).toMatchObject({ kind: "choices", single: null });
  });
  it("are groups where a list or a map holds settings", () => {
    for (const schema of [
      { type: "array", items: item },
      { type: "object", additionalProperties: item },
    ])
      expect(field(schema)).toMatchObject({ kind: "groups", fields: [{ name: "name", kind: "text" }] });
  });
  it("are asked for by their shape where shapes differ", () => {
    const create = field({
      anyOf: [{ type: "boolean" }, { type: "object", additionalProperties: { type: "string" } }],
    });
    expect(create.variants.map(({ kind }) => kind)).toEqual(["boolean", "map"]);
    expect([true, { t: "text" }, undefined].map((value) => variantOf(create, value).kind)).toEqual([
      "boolean",
      "map",
      "boolean",
    ]);
  });
  it("asks for the rows of a table or for the name of a file that has them", () => {
    const row: JsonSchema = { type: "object", properties: { name: { type: "string" } } };
    const points = field({
      anyOf: [
        { type: "array", items: row },
        { type: "string", pattern: "\\.csv$" },
      ],
    });
    expect([points.kind, points.variants.map(({ kind }) => kind)]).toEqual(["variant", ["groups", "text"]]);
    expect([[{ name: "a" }], "meter.csv"].map((value) => variantOf(points, value).kind)).toEqual(["groups", "text"]);
  });
  it("are maps also where a pattern says what the names are", () => {
    expect(field({ type: "object", patternProperties: { "^a": { type: ["string", "number"] } } }).kind).toBe("map");
  });
});

it("a script is a field of its own kind", () =>
  expect(field({ type: "string", format: "script" }).kind).toBe("script"));

describe("a value that can be no other", () => {
  const fields = fieldsOf({
    properties: { kind: { const: "pump" }, also: { const: 1 }, n: { type: "number" } },
    required: ["kind", "n"],
  });
  it("is a text, not something to write", () =>
    expect(fields.map(({ kind }) => kind)).toEqual(["fixed", "number", "fixed"]));
  it("is filled in where it is required", () => expect(fixedOf(fields)).toEqual({ kind: "pump" }));
});

describe("parseField", () => {
  it("holds numbers to their range", () => {
    const port = field({ type: "integer", minimum: 1, maximum: 65535 });
    expect(parseField(port, "502")).toEqual({ value: 502 });
    expect(parseField(port, "0")).toEqual({ fault: "range", low: 1, high: 65535 });
    expect(parseField(port, "1.5")).toEqual({ fault: "integer" });
    expect(parseField(port, "abc")).toEqual({ fault: "number" });
    expect(parseField(field({ type: "number", exclusiveMinimum: 0 }), "0")).toMatchObject({ fault: "range" });
  });
  it("takes and shows the decimal sign of the reader's language", () => {
    const warmth = field({ type: "number", minimum: 10, maximum: 60 });
    expect(parseField(warmth, "21,5")).toEqual({ fault: "number" });
    use("fr", fr);
    expect(parseField(warmth, "21,5")).toEqual({ value: 21.5 });
    expect(parseField(warmth, "21.5")).toEqual({ value: 21.5 });
    expect(parseField(warmth, "1,2,3")).toEqual({ fault: "number" });
    expect(parseField(warmth, "61,5")).toEqual({ fault: "range", low: 10, high: 60 });
    expect(parseField(field({ type: "integer" }), "2,5")).toEqual({ fault: "integer" });
    expect(parseField(field({ type: "string" }), "21,5")).toEqual({ value: "21,5" });
    expect(typedText(warmth, 21.5)).toBe("21,5");
    expect(typedText(field({ type: "string" }), "21.5")).toBe("21.5");
    use("en", en);
    expect(typedText(warmth, 21.5)).toBe("21.5");
  });
  it("takes a reference in any field", () =>
    expect(parseField(field({ type: "integer" }), "${PORT:-502}")).toEqual({ value: "${PORT:-502}" }));
  it("leaves an empty field out, unless it is required", () => {
    expect(parseField(field({ type: "string" }), " ")).toEqual({ value: undefined });
    expect(parseField(field({ type: "string" }, true), "")).toEqual({ fault: "required" });
  });
  it("takes a number where a text may be one too", () => {
    expect(parseField(field({ type: ["string", "number"] }), "5")).toEqual({ value: 5 });
    expect(parseField(field({ type: "string" }), "5")).toEqual({ value: "5" });
  });
  it("never takes a secret itself", () => {
    expect(parseField(field({ type: "string", format: "secret" }), "hunter2")).toEqual({ fault: "secret" });
    expect(parseField(field({ type: "string", format: "secret" }), "${secret:db}")).toEqual({ value: "${secret:db}" });
  });
  it("checks durations, sizes, lengths, patterns and choices", () => {
    expect(parseField(field({ type: "string", format: "duration" }), "5 s")).toEqual({ fault: "duration" });
    expect(parseField(field({ type: "string", format: "size" }), "64KB!")).toEqual({ fault: "size" });
    expect(parseField(field({ type: "string", format: "duration" }), "1h30m")).toEqual({ value: "1h30m" });
    expect(parseField(field({ type: "string", format: "duration" }), "90")).toEqual({ value: 90 });
    expect(parseField(field({ type: "string", format: "size" }), "512")).toEqual({ value: 512 });
    expect(parseField(field({ type: "string", maxLength: 2 }), "abc")).toMatchObject({ fault: "length" });
    expect(parseField(field({ type: "string", pattern: "^a+$" }), "b")).toMatchObject({ fault: "pattern" });
    expect(parseField(field({ enum: [0, 1] }), "1")).toEqual({ value: 1 });
    expect(parseField(field({ enum: [0, 1] }), "7")).toEqual({ fault: "choice" });
  });
});

describe("units", () => {
  it("reads durations", () =>
    expect(["250ms", "5s", "1h30m", "14d", "5", "s", "1.5s500us"].map(parseDuration_s)).toEqual([
      0.25,
      5,
      5400,
      1_209_600,
      5,
      null,
      1.5005,
    ]));
  it("reads sizes", () =>
    expect(["64KiB", "2GiB", "512", "1 MB", "2 x"].map(parseSize_bytes)).toEqual([
      65_536,
      2_147_483_648,
      512,
      1e6,
      null,
    ]));
});

describe("lines", () => {
  it("go back and forth", () => {
    expect(listOf(linesOf(["a", "b"]), { type: "string" })).toEqual(["a", "b"]);
    expect(mapOf(linesOf({ a: "x", b: 2 }), null)).toEqual({ value: { a: "x", b: 2 } });
  });
  it("keep digits as text where the schema wants text", () =>
    expect(listOf("1\n2", { type: "string" })).toEqual(["1", "2"]));
  it("name the line that is no pair", () => expect(mapOf("a: 1\nnonsense", null)).toEqual({ line: "nonsense" }));
});

describe("a page's form", () => {
  const schema: JsonSchema = {
    properties: { hot: { type: "number", "x-key": "limits/hot" }, why: { type: "string" } },
  };

  it("begins with the present values of its points", () => {
    const rows = new Map([["limits/hot", { value: 8 }]]);
    expect(presentKeys(schema)).toEqual(["limits/hot"]);
    expect(presentOf(fieldsOf(schema), rows)).toEqual({ hot: 8 });
    expect(presentOf(fieldsOf(schema), new Map())).toEqual({});
  });
});
