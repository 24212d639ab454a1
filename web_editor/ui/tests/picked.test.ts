import { describe, expect, it } from "vitest";
import type { FoundHere } from "../src/api/types";
import { addressesOf, rowsOf, withPicked } from "../src/logic/picked";
import { pointText } from "../src/properties/pointText";

const found = (address: string, name: string): FoundHere => ({
  address,
  name,
  is_point: true,
  kind: "Float",
  value: 1,
  reason: "",
  is_writable: false,
});

describe("points that were picked", () => {
  const rows = [{ name: "Temp", address: "ns=2;s=Line1.Temp", unit: "°C" }];
  it("follow those that are there, by names that nobody has", () => {
    const picked = [found("ns=2;s=Line2.Temp", "Temp"), found("ns=2;s=Line3.Temp", "Temp"), found("ns=2;i=7", "Speed")];
    expect(withPicked(rows, picked)).toEqual([
      ...rows,
      { name: "Temp_2", address: "ns=2;s=Line2.Temp" },
      { name: "Temp_3", address: "ns=2;s=Line3.Temp" },
      { name: "Speed", address: "ns=2;i=7" },
    ]);
  });
  it("are not added twice", () => {
    expect(withPicked(rows, [found("ns=2;s=Line1.Temp", "Temp")])).toEqual(rows);
    expect(addressesOf(rows)).toEqual(new Set(["ns=2;s=Line1.Temp"]));
  });
  it("begin where there are none, and leave a table beside the flow to its file", () => {
    expect(rowsOf(undefined)).toEqual([]);
    expect(rowsOf("points.csv")).toBeNull();
    expect(withPicked([], [found("i=1", "A")])).toEqual([{ name: "A", address: "i=1" }]);
  });
});

describe("the value of a point", () => {
  it("stands on one line, whatever it is", () => {
    expect(pointText("a\nb")).toBe("a␊b");
    expect(pointText({ on: true })).toBe('{"on":true}');
    expect(pointText("x".repeat(500))).toHaveLength(200);
  });
});
