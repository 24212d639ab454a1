// What is on the page for given properties, without a browser. What people do with it: tests/browser.
import { type ComponentType, createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../src/api/http";
import type { TapMessage, Value } from "../src/api/types";
import { DiffView } from "../src/dialogs/DiffView";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { valueText } from "../src/panels/Alarms";
import { Payload } from "../src/panels/Payload";
import { Age, ageText } from "../src/parts/Age";
import { Picker } from "../src/parts/Picker";
import { MoreButton } from "../src/parts/paged";
import { SHAPES, StateMark, stateWord } from "../src/parts/StateMark";
import { Tabs } from "../src/parts/Tabs";
import { drawingOf } from "../src/parts/typeIcons";
import { outcomeText, Press, refusalText } from "../src/screens/Press";
import { WidgetBody } from "../src/screens/Widgets";
import { Link } from "../src/shell/Link";

// biome-ignore lint/suspicious/noExplicitAny: any component, with its properties as they are given
const drawn = (view: ComponentType<any>, properties: object, ...children: string[]) =>
  renderToStaticMarkup(createElement(view, properties, ...children));

beforeEach(() => use("en", en));

describe("a state", () => {
  it("is told by shape and word, not by colour alone", () => {
    const marks = [0, 1, 2, 3, 4].map((state) => drawn(StateMark, { state }));
    expect(new Set(marks).size).toBe(5);
    for (const [state, mark] of marks.entries()) {
      expect(mark).toContain(SHAPES[state]);
      expect(mark).toContain(`<span>${stateWord(state)}</span>`);
    }
    expect(drawn(StateMark, { state: 1, text: "42 %" })).toContain("42 %");
  });
});

describe("a node type", () => {
  it("that the editor does not know is drawn as its kind", () => {
    expect(drawingOf("of_a_package", "tool")).toBe(drawingOf("exec", "tool"));
    expect(drawingOf("mqtt_in", "source")).not.toBe(drawingOf("of_a_package", "source"));
  });
});

describe("a message", () => {
  const message = (more: Partial<TapMessage>) =>
    ({ encoding: "json", payload: null, meta: {}, size_bytes: 7, cut: false, ...more }) as unknown as TapMessage;
  it("is text, whatever a device put into it", () => {
    const shown = drawn(Payload, { message: message({ payload: { "<b>": "<script>alert(1)</script>\u202e" } }) });
    expect(shown).not.toContain("<script>");
    expect(shown).toContain("&lt;script&gt;");
    expect(shown).not.toContain("\u202e"); // turns the direction of what follows
  });
  it("that is bytes is shown as such, and says when it was cut", () => {
    const shown = drawn(Payload, { message: message({ encoding: "base64" as never, payload: "AAH/", cut: true }) });
    expect(shown).toContain("00 01 ff");
    expect(shown).toContain("7 B");
    expect(shown.match(/<button/g)).toHaveLength(1);
  });
  it("shows its meta where it has one", () => {
    expect(drawn(Payload, { message: message({ meta: { device: "c1" } }) })).toContain("device");
    expect(drawn(Payload, { message: message({}) })).not.toContain("meta");
  });
});

describe("two texts", () => {
  it("differ by words, with the numbers of their lines", () => {
    const shown = drawn(DiffView, { from: "a: 1\nlimit: 8 # hot\n", to: "a: 1\nlimit: 9 # hot\n" });
    expect(shown).toContain("<mark>8</mark>");
    expect(shown).toContain("<mark>9</mark>");
    expect(shown.match(/class="(added|removed)"/g)).toHaveLength(2);
  });
  it("that are equal show no change", () => {
    expect(drawn(DiffView, { from: "a\n", to: "a\n" })).not.toMatch(/class="(added|removed)"/);
  });
});

describe("tabs", () => {
  it("name the chosen one to who does not see it, and only that one is reached by Tab", () => {
    const tabs = ["one", "two"].map((key) => ({ key, label: key }));
    const shown = drawn(Tabs, { tabs, chosen: "two", onChoose: () => undefined, label: "parts" }, "inside");
    expect(shown.match(/aria-selected="true"[^>]*tabindex="0"[^>]*>two/gi)).toHaveLength(1);
    expect(shown.match(/tabindex="-1"/gi)).toHaveLength(1);
    expect(shown).toContain("inside");
  });
});

describe("a list to choose from", () => {
  const picker = (items: string[], busy = false) =>
    drawn(Picker, { items, textOf: String, keyOf: String, draw: String, label: "type", onPick: () => undefined, busy });
  it("has its first entry chosen, and sixty at most", () => {
    const shown = picker(Array.from({ length: 100 }, (_, i) => `type${i}`));
    expect(shown.match(/role="option"/g)).toHaveLength(60);
    expect(shown.match(/aria-selected="true"/g)).toHaveLength(1);
  });
  it("says whether there is nothing, or nothing yet", () => {
    expect(picker([])).not.toBe(picker([], true));
  });
});

describe("a button of a page", () => {
  const press = (may: boolean, more: object = {}) =>
    drawn(Press, {
      page: { flow: "f", page: "p" },
      widget: { id: "w", title: "Purge", may },
      value: 1,
      label: "Purge",
      confirm: null,
      ...more,
    });
  it("cannot be pressed by those who may not, and says so where there is room", () => {
    expect(press(true)).not.toContain("disabled");
    expect(press(false)).toContain("disabled");
    expect(press(false, { large: true })).toContain("<p");
  });
  it("asks nothing before it is pressed, and tells a switch's state", () => {
    expect(press(true, { confirm: "Really?" })).not.toContain("Really?");
    expect(press(true, { pressed: true })).toContain('aria-pressed="true"');
    expect(press(true)).not.toContain("aria-pressed");
  });
  it("says whether it was taken, what it waits for, or why the flow refused it", () => {
    const said = (state: "sent" | "waiting", reason = "") => outcomeText("Purge", { id: "1", state, reason });
    expect(said("sent")).toBe("Sent: Purge");
    expect(said("waiting", "the broker is away")).toBe("Waits: Purge. the broker is away");
    expect(said("waiting")).toBe("Waits: Purge. The flow has not finished with it yet.");
    const problem = { type: "urn:flowengine:flow-refused", title: "", status: 422, detail: "payload lacks do" };
    expect(refusalText("Purge", new ApiError(problem))).toBe("Refused: Purge. payload lacks do");
    const unfit = new ApiError({ ...problem, detail: "mac has not the form: such as 24:6F" });
    expect(refusalText("Add", unfit, { mac: "Address" })).toBe("Refused: Add. Address has not the form: such as 24:6F");
    expect(refusalText("Add", unfit, { ma: "No" })).toBe("Refused: Add. mac has not the form: such as 24:6F");
  });
});

describe("the value of an alarm", () => {
  it("has its unit; a whole report is none", () => {
    expect(valueText({ value: 21.5, unit: "°C" })).toBe("21.5 °C");
    expect(valueText({ value: false, unit: null })).toBe("false");
    expect(valueText({ value: { name: "esp001" }, unit: "°C" })).toBe("–");
    expect(valueText({ value: null, unit: "°C" })).toBe("–");
  });
});

describe("a table of a page", () => {
  const value = (key: string, at_ms: number, more: object = {}) =>
    ({ key, value: 21.5, unit: "°C", quality: "good", stale: false, at_ms, ...more }) as unknown as Value;
  const rows = (...values: Value[]) => new Map(values.map((each) => [each.key, each]));
  const table = (more: object, values: Map<string, Value>) =>
    drawn(WidgetBody, {
      page: {},
      widget: { type: "table", keys: "*/*", columns: ["key.1", "value"], headings: ["", "Value"], ...more },
      rows: values,
    });
  const both = rows(value("a/t", 1), value("b/t", 2));
  it("has its rows in the order of their keys, or the newest first", () => {
    const places = (drawnTable: string) =>
      ['<td data-label="key.1">a', '<td data-label="key.1">b'].map((cell) => drawnTable.indexOf(cell));
    const [a, b] = places(table({}, both));
    expect(a).toBeLessThan(b!);
    const [old, fresh] = places(table({ newest: true }, both));
    expect(fresh).toBeLessThan(old!);
  });
  it("says in the flow's words that there is nothing", () => {
    expect(table({ empty: "No incident." }, rows())).toContain("No incident.");
    expect(table({}, rows())).toContain("<p");
  });
  it("gives what is no value no unit", () => {
    expect(table({}, both)).toContain("21.5 °C");
    expect(table({ words: { null: "unreadable" } }, rows(value("a/t", 1, { value: null })))).toContain(">unreadable<");
  });
  it("of many columns is cards on a phone, each cell with its heading", () => {
    const columns = ["key.1", "key.2", "value", "quality"];
    const wide = table({ columns, headings: ["Device", "What", "Value", ""] }, both);
    expect(wide).toContain("table cards labelled");
    expect(wide).toContain('data-label="Value"');
    expect(table({}, both)).not.toContain("cards");
  });
});

describe("a link", () => {
  it("has an address that can be opened elsewhere", () => {
    expect(drawn(Link, { to: { screen: "page", flow: "a b", page: "c/d" }, current: true }, "x")).toBe(
      '<a href="/page/a%20b/c%2Fd" aria-current="page">x</a>',
    );
  });
});

describe("an age", () => {
  it("is now, or whole seconds, never of the future", () => {
    expect(ageText(1000, 1500)).toBe(ageText(9000, 1500));
    expect(ageText(0, 61_000)).not.toBe(ageText(0, 62_000));
    expect(drawn(Age, { at_ms: 0 })).toContain('dateTime="1970-01-01T00:00:00.000Z"');
  });
});

describe("a list in pieces", () => {
  it("offers more while there is more", () => {
    const paged = { items: [], total: null, done: true, more: () => undefined, again: () => undefined };
    expect(drawn(MoreButton, { paged: { ...paged, next: "7" } })).toContain("<button");
    expect(drawn(MoreButton, { paged: { ...paged, next: null } })).toBe("");
  });
});
