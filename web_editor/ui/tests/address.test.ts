import { describe, expect, it } from "vitest";
import { joined, parted, withParameter } from "../src/state/address";
import { fresh } from "../src/state/sound";

describe("a view in the address", () => {
  it("keeps other parameters, and is not there when it is empty", () => {
    expect(withParameter("?all=1", "search", "c1 hot")).toBe("?all=1&search=c1+hot");
    expect(withParameter("?search=x", "search", "")).toBe("");
  });
  it("brings every key back, whatever stands in it", () => {
    const keys = ["c1/temp", "a,b", "é & %", "x?y=#1"];
    expect(parted(joined(keys))).toEqual(keys);
    expect(parted("%E0%A4%A,ok")).toEqual(["%E0%A4%A", "ok"]);
    expect(parted("")).toEqual([]);
  });
});

describe("the sound of alarms", () => {
  it("is for those that were not known, and for none at the first look", () => {
    expect(fresh(null, ["a", "b"])).toEqual([]);
    expect(fresh(new Set(["a"]), ["a", "b"])).toEqual(["b"]);
    expect(fresh(new Set(["a"]), [])).toEqual([]);
  });
});
