import { describe, expect, it } from "vitest";
import type { Json } from "../src/api/types";
import { digitsOf, parseJson } from "../src/logic/digits";
import { isMap } from "../src/logic/operations";
import { children, isLeaf, summary } from "../src/logic/payload";

const TEXT =
  '{"at":1785196804249999999,"small":9007199254740991,"list":[-9007199254740993],"f":1234567890123456.5,"e":1e300}';

describe("whole numbers beyond 2^53", () => {
  const value = parseJson(TEXT) as Record<string, Json>;
  it("keep every digit, and no other number changes", () => {
    expect(digitsOf(value.at)).toBe("1785196804249999999");
    expect([value.small, value.f, value.e]).toEqual([9007199254740991, 1234567890123456.5, 1e300]);
    expect(JSON.stringify(value)).toBe(TEXT.replace("1e300", "1e+300"));
    expect(digitsOf({ rawJSON: "1" })).toBeNull();
  });
  it("are leaves that are read as they are written", () => {
    expect(isLeaf(value.at!)).toBe(true);
    expect(isMap(value.at)).toBe(false);
    expect(children(value, "payload").map(({ leaf }) => leaf)).toEqual([true, true, false, true, true]);
    expect(summary(value.list!)).toBe("[-9007199254740993]");
  });
});
