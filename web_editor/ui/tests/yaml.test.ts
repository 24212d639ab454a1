import { describe, expect, it } from "vitest";
import type { NodeTypes } from "../src/api/types";
import { contextAt } from "../src/logic/yamlContext";
import { offers } from "../src/yaml/completion";
import { graphOf } from "./graphs";

/** The text without its bar, and where the bar stood. */
function at(text: string): [string, number] {
  return [text.replace("¦", ""), text.indexOf("¦")];
}
const context = (text: string) => contextAt(...at(text));

describe("contextAt", () => {
  it("is at the top of the file", () =>
    expect(context("fl¦")).toMatchObject({ path: [], key: null, typed: "fl", from: 0 }));
  it("knows the keys above", () =>
    expect(context("nodes:\n  a:\n    type: x\n    co¦")).toMatchObject({
      path: ["nodes", "a"],
      key: null,
      typed: "co",
    }));
  it("knows the key whose value is typed", () =>
    expect(context("nodes:\n  a:\n    type: mq¦")).toMatchObject({ path: ["nodes", "a"], key: "type", typed: "mq" }));
  it("reads inside braces", () => {
    expect(context("nodes:\n  a: {type: mqtt_in, co¦")).toMatchObject({ path: ["nodes", "a"], key: null, typed: "co" });
    expect(context("nodes:\n  a: {type: x, to: [b, c¦")).toMatchObject({ path: ["nodes", "a"], key: "to", typed: "c" });
  });
  it("reads list items", () => {
    expect(context("nodes:\n  a:\n    to:\n      - b¦")).toMatchObject({ path: ["nodes", "a"], key: "to", typed: "b" });
    expect(context("nodes:\n  a:\n    to: [x, b¦")).toMatchObject({ path: ["nodes", "a"], key: "to", typed: "b" });
  });
});

describe("offers", () => {
  const types: NodeTypes = {
    nodes: [
      {
        type: "mqtt_in",
        title: "MQTT in",
        summary: "",
        kind: "source",
        category: "source",
        help: "",
        examples: [],
        ports: ["out"],
        input: false,
        error_port: false,
        subflow: false,
        connections: {},
        looks: false,
        schema: {
          properties: {
            connection: { type: "string", format: "connection", "x-connection": ["mqtt"] },
            qos: { enum: [0, 1, 2] },
            retain: { type: "boolean" },
          },
        },
      },
    ],
    connections: [
      {
        type: "mqtt",
        title: "",
        summary: "",
        help: "",
        examples: [],
        browses: false,
        schema: { properties: { url: { type: "string" } } },
      },
    ],
    every: {},
    flow_schema: { properties: { nodes: { type: "object" }, title: { type: "string" } } },
  };
  const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  const graph = {
    ...graphOf(["a", "b"], []),
    connections: [
      { id: "broker", type: "mqtt", config: {}, range, yaml: "", used_by: [] },
      { id: "db", type: "sql", config: {}, range, yaml: "", used_by: [] },
    ],
  };
  const labels = (marked: string) => {
    const [text, position] = at(marked);
    return offers(contextAt(text, position), text, types, graph).map(({ label }) => label);
  };
  it("start with the sections", () => expect(labels("¦")).toEqual(["nodes", "title"]));
  it("name node types", () => expect(labels("nodes:\n  a:\n    type: ¦")).toEqual(["mqtt_in"]));
  it("name the keys of the type in the text", () =>
    expect(labels("nodes:\n  a:\n    type: mqtt_in\n    ¦")).toEqual([
      "to",
      "on_error",
      "type",
      "title",
      "connection",
      "qos",
      "retain",
    ]));
  it("name connections that fit", () =>
    expect(labels("nodes:\n  a:\n    type: mqtt_in\n    connection: ¦")).toEqual(["broker"]));
  it("name choices and booleans", () => {
    expect(labels("nodes:\n  a: {type: mqtt_in, qos: ¦")).toEqual(["0", "1", "2"]);
    expect(labels("nodes:\n  a: {type: mqtt_in, retain: ¦")).toEqual(["true", "false"]);
  });
  it("wire to the other nodes", () => expect(labels("nodes:\n  a:\n    to: ¦")).toEqual(["b"]));
  it("name the keys of a connection", () =>
    expect(labels("connections:\n  broker:\n    type: mqtt\n    ¦")).toEqual(["type", "url"]));
});
