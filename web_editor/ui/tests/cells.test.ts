import { describe, expect, it } from "vitest";
import type { Json, JsonSchema } from "../src/api/types";
import { cellFault, columnsOf, emptyRow, faultsIn, listOfRows, rowsOf, withCell, withPasted } from "../src/forms/cells";
import { fieldsOf } from "../src/forms/fields";

const POINT: JsonSchema = {
  type: "object",
  required: ["name", "address"],
  properties: {
    name: { type: "string" },
    address: { type: "integer", minimum: 0 },
    type: { anyOf: [{ type: "string", enum: ["i16", "f32"] }, { type: "null" }] },
    scale: { type: "number", default: 1 },
    on: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
  },
};
const columns = columnsOf(fieldsOf(POINT));
const at = (name: string) => columns.findIndex((field) => field.name === name);
const POINTS: Json = [
  { name: "t", address: 0, type: "i16", scale: 0.1, tags: ["a"], note: "kept" },
  { address: 10, name: "e" },
];

describe("a table of groups", () => {
  it("has a column for each plain field, and none where a required one is none", () => {
    expect(columns.map(({ name }) => name)).toEqual(["name", "address", "type", "scale", "on"]);
    expect(columnsOf(fieldsOf({ ...POINT, required: ["tags"] }))).toEqual([]);
  });
  it("gives back what it was given, with fields that are no cells and in their order", () => {
    const back = listOfRows([...rowsOf(POINTS, columns), emptyRow(columns)], columns) as Record<string, Json>[];
    expect(back).toEqual(POINTS);
    expect(back.map((row) => Object.keys(row))).toEqual([
      ["name", "address", "type", "scale", "tags", "note"],
      ["address", "name"],
    ]);
  });
  it("keeps values that were not touched, also those that are no longer allowed", () => {
    const odd: Json = [{ name: "t", address: "${first}", scale: "1.50" }];
    expect(listOfRows(rowsOf(odd, columns), columns)).toEqual(odd);
  });
  it("takes what is typed by the type of its column, and an emptied cell away", () => {
    let rows = withCell(rowsOf(POINTS, columns), 0, at("scale"), "");
    rows = withCell(rows, 1, at("on"), "true");
    rows = withCell(rows, 1, at("address"), " 12 ");
    expect(listOfRows(rows, columns)).toEqual([
      { name: "t", address: 0, type: "i16", tags: ["a"], note: "kept" },
      { name: "e", address: 12, on: true },
    ]);
  });
  it("reads no more than the row that is typed into", () => {
    let read = 0;
    const counting = columns.map((field) => ({
      ...field,
      get kind() {
        read++;
        return field.kind;
      },
    }));
    const rows = rowsOf(
      Array.from({ length: 1000 }, (_, n) => ({ name: `p${n}`, address: n })),
      columns,
    );
    faultsIn(rows, counting);
    const whole = read;
    read = 0;
    expect(faultsIn(withCell(rows, 7, 1, "no number"), counting)).toEqual([{ row: 7, column: 1 }]);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(whole / 100);
  });
  it("names each cell that is wrong, and none of a row that is empty", () => {
    const rows = withCell(rowsOf(POINTS, columns), 1, at("type"), "i15");
    expect(faultsIn(rows, columns)).toEqual([{ row: 1, column: at("type") }]);
    expect(cellFault(rows[1]!, at("type"), columns)).toEqual({ fault: "choice" });
    expect(faultsIn([emptyRow(columns)], columns)).toEqual([]);
    expect(faultsIn(withCell([emptyRow(columns)], 0, 0, "x"), columns)).toEqual([{ row: 0, column: 1 }]);
    expect(faultsIn(withCell(rowsOf(POINTS, columns), 0, at("on"), "maybe"), columns)).toEqual([
      { row: 0, column: at("on") },
    ]);
  });
  it("names each row that has the name of one above it, where each needs its own", () => {
    const rows = rowsOf(
      [
        { name: "a", address: 1 },
        { name: "b", address: 2 },
        { name: "a", address: 3 },
      ],
      columns,
    );
    expect(faultsIn(rows, columns)).toEqual([]);
    const own = columns.map((field) => (field.name === "name" ? { ...field, schema: { "x-unique": true } } : field));
    expect(faultsIn(rows, own)).toEqual([{ row: 2, column: at("name") }]);
  });
  it("is nothing without rows", () => expect(listOfRows([emptyRow(columns)], columns)).toBeUndefined());
});

describe("pasting from a spreadsheet", () => {
  it("fills cells from where the cursor is, and makes the rows that are missing", () => {
    const rows = withPasted(rowsOf(POINTS, columns), columns, 1, 0, "p\t5\r\nq\t6\tf32\r\n");
    expect(listOfRows(rows, columns)!.slice(1)).toEqual([
      { address: 5, name: "p" },
      { name: "q", address: 6, type: "f32" },
    ]);
  });
  it("goes by the names of a first line that has only those", () => {
    const rows = withPasted([emptyRow(columns)], columns, 0, 0, "Type\tname\tADDRESS\nf32\tp\t7\n\tq\t8");
    expect(listOfRows(rows, columns)).toEqual([
      { name: "p", address: 7, type: "f32" },
      { name: "q", address: 8 },
    ]);
  });
  it("leaves out what lies beyond the last column", () => {
    const rows = withPasted([emptyRow(columns)], columns, 0, at("on"), "true\tbeyond");
    expect(rows[0]!.cells).toEqual(["", "", "", "", "true"]);
  });
});
