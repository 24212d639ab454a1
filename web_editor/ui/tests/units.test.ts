import { describe, expect, it } from "vitest";
import { fieldOf } from "../src/forms/fields";
import { showDefault } from "../src/forms/fieldValue";
import { durationText, parseDuration_s, parseSize_bytes, sizeText } from "../src/logic/units";

describe("durations and sizes", () => {
  it("are written as they would be read again", () => {
    expect([10, 86_400, 0.25, 5400, 0.1, 0, 90].map(durationText)).toEqual([
      "10s",
      "1d",
      "250ms",
      "90m",
      "100ms",
      "0s",
      "90s",
    ]);
    for (const value of [0.001, 0.3, 1, 59, 60, 3601, 1e6])
      expect(parseDuration_s(durationText(value))).toBeCloseTo(value);
    expect([64 * 2 ** 20, 512, 2 ** 30, 1500].map(sizeText)).toEqual(["64MiB", "512", "1GiB", "1500"]);
    for (const value of [0, 1, 1024, 3 * 2 ** 20]) expect(parseSize_bytes(sizeText(value))).toBe(value);
  });
});

describe("a setting", () => {
  it("is called in words, never by a class", () => {
    const name = (field: string, title?: string) =>
      fieldOf(field, { type: "string", ...(title ? { title } : {}) }, false, {}).label;
    expect([name("will", "LastWords"), name("tls", "Tls"), name("client_id"), name("qos"), name("url", "Url")]).toEqual(
      ["Will", "TLS", "Client ID", "QoS", "URL"],
    );
    expect(name("when", "Raises when")).toBe("Raises when");
  });
  it("shows its default with its unit", () => {
    const duration = fieldOf(
      "timeout",
      { anyOf: [{ type: "string", format: "duration" }, { type: "number" }], default: 10 },
      false,
      {},
    );
    expect(showDefault(duration)).toBe("10s");
  });
});
