import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { sizeOf } from "../src/logic/grid";
import { STARTS } from "../src/logic/widgetStarts";

describe("what a new widget begins with", () => {
  it("is there for every type that has a name for people, but the list of alarms, which needs nothing", () => {
    const named = Object.keys(en).flatMap((key) => (key.startsWith("widget.") ? [key.slice("widget.".length)] : []));
    expect(named.filter((type) => !(type in STARTS))).toEqual(["alarms"]);
    expect(Object.keys(STARTS).filter((type) => !named.includes(type))).toEqual([]);
  });
  it("fits on the sheet", () => {
    expect(Object.keys(STARTS).filter((type) => sizeOf(type)[0] > 12)).toEqual([]);
  });
});
