import { describe, expect, it } from "vitest";
import type { FlowSummary } from "../src/api/types";
import { lineWith, pieces } from "../src/logic/find";
import { fitting, foldersOf, parted } from "../src/logic/folders";

const marked = (text: string, typed: string) =>
  pieces(text, typed)
    .map(({ text, hit }) => (hit ? `[${text}]` : text))
    .join("");

describe("what a search found in a text", () => {
  it("is marked for each typed word, whatever the case", () => {
    expect(marked("Hall 2 cooling", "cool HALL")).toBe("[Hall] 2 [cool]ing");
    expect(marked("payload.value > ${hot}", "${hot} .")).toBe("payload[.]value > [${hot}]");
  });
  it("is nothing when nothing is typed", () => {
    expect(pieces("Hall", "  ")).toEqual([{ text: "Hall", hit: false }]);
  });
  it("keeps every character", () => {
    for (const typed of ["a", "aa a", "(", "\\", "é"])
      expect(
        pieces("aab(\\é aaa", typed)
          .map(({ text }) => text)
          .join(""),
      ).toBe("aab(\\é aaa");
  });
});

describe("the setting that fits", () => {
  const text = "topic: plant/up\nqos: 1";
  it("is shown when the name does not say why the node is there", () => {
    expect(lineWith(text, "plant", "up mqtt_out")).toBe("topic: plant/up");
    expect(lineWith(text, "mqtt qos", "up mqtt_out")).toBe("qos: 1");
  });
  it("is left out when the name does", () => {
    expect(lineWith(text, "mqtt", "up mqtt_out")).toBeNull();
    expect(lineWith(text, "nowhere", "up mqtt_out")).toBeNull();
  });
});

describe("fifty flows", () => {
  const flow = (id: string, folder: string) => ({ id, title: id.toUpperCase(), folder }) as FlowSummary;
  const all = [flow("a", "Steam"), flow("b", ""), flow("c", "Brewery"), flow("d", "Steam")];
  it("stand in folders by name, those without one last", () => {
    expect(foldersOf(all).map(({ name, flows }) => `${name}:${flows.map(({ id }) => id)}`)).toEqual([
      "Brewery:c",
      "Steam:a,d",
      ":b",
    ]);
  });
  it("begin with the favourites", () => {
    expect(parted(all, ["d", "gone"]).map((flows) => flows.map(({ id }) => id))).toEqual([["d"], ["a", "b", "c"]]);
  });
  it("are found by their folder too, in their own order", () => {
    expect(fitting(all, "steam").map(({ id }) => id)).toEqual(["a", "d"]);
    expect(fitting(all, "")).toEqual(all);
  });
});
