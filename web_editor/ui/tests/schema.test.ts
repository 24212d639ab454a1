import { describe, expect, it } from "vitest";
import { digitsOf } from "../src/logic/digits";
import { branchesOf, hasShape, isScalar, resolve, scalarOf, valuesOf } from "../src/logic/schema";

describe("schemas as forms read them", () => {
  const root = { $defs: { Tls: { type: "object", properties: { ca: { type: "string" } } } } };

  it("follows references and keeps what stands beside them", () => {
    expect(resolve({ $ref: "#/$defs/Tls", description: "how" }, root)).toMatchObject({
      type: "object",
      description: "how",
    });
    expect(resolve({ anyOf: [{ $ref: "#/$defs/Tls" }, { type: "null" }] }, root).type).toBe("object");
  });

  it("makes a choice of a union of fixed values, and ends in a circle", () => {
    expect(resolve({ anyOf: [{ const: "a" }, { const: "b" }] }, root).enum).toEqual(["a", "b"]);
    expect(resolve({ $ref: "#/$defs/Loop" }, { $defs: { Loop: { $ref: "#/$defs/Loop" } } })).toBeDefined();
  });

  it("knows what is a single value, and what a map holds", () => {
    expect(isScalar({ anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }] })).toBe(true);
    expect(isScalar({ anyOf: [{ type: "string" }, { type: "array" }] })).toBe(false);
    expect(isScalar({})).toBe(false);
    expect(branchesOf({ type: "string" })).toEqual([{ type: "string" }]);
    expect(valuesOf({ additionalProperties: { type: "number" } })).toEqual({ type: "number" });
    expect(valuesOf({ patternProperties: { "^a": { type: "string" } } })).toEqual({ type: "string" });
    expect(valuesOf({ additionalProperties: true })).toBeNull();
  });

  it("tells whether a value has a shape", () => {
    expect(hasShape(1, { type: "number" })).toBe(true);
    expect(hasShape(1.5, { type: "integer" })).toBe(false);
    expect(hasShape([], { type: "object" })).toBe(false);
    expect(hasShape("b", { enum: ["a"] })).toBe(false);
    expect(hasShape(null, { const: null })).toBe(true);
  });

  it("reads a line as the schema wants it", () => {
    expect(scalarOf("12", { type: "number" })).toBe(12);
    expect(scalarOf("12", { type: "string" })).toBe("12");
    expect(scalarOf("-1.5e3", undefined)).toBe(-1500);
    expect(["+1", "0x1F", "0o17", ".5", "5.", "0755", "1_000", "0b1"].map((text) => scalarOf(text, undefined))).toEqual(
      [1, 31, 15, 0.5, 5, 755, "1_000", "0b1"],
    );
    expect(digitsOf(scalarOf("9007199254740993", { type: "integer" }))).toBe("9007199254740993");
    expect(scalarOf("true", undefined)).toBe(true);
    expect(scalarOf("true", { type: "string" })).toBe("true");
    expect(scalarOf("1.2.3", undefined)).toBe("1.2.3");
  });
});
