import { describe, expect, it } from "vitest";
import type { Alarm, Json, TapMessage, Trend, Value } from "../src/api/types";
import { outline } from "../src/canvas/Outline";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import {
  alarmState,
  companions,
  filterOf,
  filterText,
  inOrder,
  isAtRest,
  needsAcknowledging,
  passes,
} from "../src/logic/alarms";
import { best, freeName } from "../src/logic/find";
import { bytesOf, hexRows, pathInto, summary, visible } from "../src/logic/payload";
import { arrived, EMPTY, emptied, KEPT, leftOut, pause, pinned } from "../src/logic/tap";
import { aligned, extreme, pointsOf, withLive } from "../src/logic/trend";
import { fitsPattern, inWords, keyInWords, showValue, unitOf } from "../src/logic/values";
import { blocks } from "../src/parts/Markdown";
import { merged } from "../src/state/feeds";
import { parsePath, pathOf } from "../src/state/route";
import { atLeast } from "../src/state/session";
import { graphOf } from "./graphs";

const message = (id: string): TapMessage => ({
  id,
  at_ms: 0,
  flow: "f",
  node: "n",
  port: "out",
  topic: null,
  meta: {},
  encoding: "json",
  payload: 1,
  size_bytes: 1,
  cut: false,
});

describe("tap", () => {
  it("shows the newest first and keeps a bounded number", () => {
    const tap = arrived(
      EMPTY,
      Array.from({ length: KEPT + 20 }, (_, i) => message(`m${i}`)),
    );
    expect(tap.rows).toHaveLength(KEPT);
    expect(tap.rows[0]!.id).toBe(`m${KEPT + 19}`);
  });
  it("holds back while paused, counts what no longer fits, and goes on in order", () => {
    const paused = arrived(
      arrived(pause(arrived(EMPTY, [message("a")]), true), [message("b")]),
      Array.from({ length: KEPT }, (_, i) => message(`c${i}`)),
    );
    expect(paused.rows.map(({ id }) => id)).toEqual(["a"]);
    expect(paused.left_out).toBe(1);
    expect(pause(paused, false).rows[0]!.id).toBe(`c${KEPT - 1}`);
    expect(leftOut(paused, 9).left_out).toBe(10);
  });
});

describe("rows of a tap", () => {
  it("differ also where two nodes tell the same message", () => {
    const { rows } = arrived(arrived(EMPTY, [message("a"), message("a")]), [message("a")]);
    expect(rows.map(({ row }) => row)).toEqual([2, 1, 0]);
  });
  it("are never numbered twice, not after they were cleared either", () => {
    expect(arrived(emptied(arrived(EMPTY, [message("a")])), [message("b")]).rows.map(({ row }) => row)).toEqual([1]);
  });
});

describe("pinned rows", () => {
  it("stay when the list is cleared for another tap, until they are let go", () => {
    const heard = arrived(EMPTY, [message("a"), message("b")]);
    const kept = emptied(pinned(heard, heard.rows[1]!));
    expect([kept.rows.length, kept.pins.map(({ id }) => id)]).toEqual([0, ["a"]]);
    expect(pinned(kept, kept.pins[0]!).pins).toEqual([]);
  });
});

describe("the path of a value", () => {
  it("is written as an expression reads it", () => {
    expect(pathInto("payload", "value")).toBe("payload.value");
    expect(pathInto("payload.list", 0)).toBe("payload.list[0]");
    expect(pathInto("meta", 'odd "name"')).toBe('meta["odd \\"name\\""]');
  });
});

describe("payloads", () => {
  it("cannot hide control or direction characters", () => expect(visible("a\u0000b\u202ec\u001b")).toBe("a␀b␦c␛"));
  it("are cut to a line", () => expect(summary("x".repeat(500), 10)).toHaveLength(10));
  it("become hex rows", () => {
    const rows = hexRows(bytesOf({ encoding: "base64", payload: "AAECAwT/aGVsbG8gd29ybGQ=" }));
    expect(rows[0]).toEqual({
      offset: "000000",
      hex: "00 01 02 03 04 ff 68 65 6c 6c 6f 20 77 6f 72 6c",
      text: "······hello worl",
    });
    expect(rows).toHaveLength(2);
  });
  it("survive base64 that is none", () => expect(bytesOf({ encoding: "base64", payload: "%%%" })).toHaveLength(3));
});

describe("alarms", () => {
  const alarm = (id: string, more: Partial<Alarm>): Alarm => ({
    id,
    flow: "f",
    node: "n",
    key: "k",
    title: "t",
    priority: "low",
    state: "normal",
    value: null,
    unit: null,
    point: null,
    limits: [],
    since_ms: 0,
    count: 1,
    acknowledged: null,
    shelved: null,
    out_of_service: null,
    stale: false,
    uncertain: false,
    comments: 0,
    group: null,
    note: "",
    condition: "",
    ...more,
  });
  const shelved = { by: "x", at_ms: 0, until_ms: null, reason: "" };
  it("are read in the order of their need", () => {
    const order = inOrder([
      alarm("normal", {}),
      alarm("shelved", { state: "active_unacknowledged", priority: "critical", shelved }),
      alarm("acknowledged", { state: "active_acknowledged", priority: "critical" }),
      alarm("old", { state: "active_unacknowledged", priority: "high" }),
      alarm("new", { state: "active_unacknowledged", priority: "high", since_ms: 5 }),
      alarm("worst", { state: "active_unacknowledged", priority: "critical" }),
    ]);
    expect(order.map(({ id }) => id)).toEqual(["worst", "new", "old", "acknowledged", "normal", "shelved"]);
  });
  it("are acknowledged together with those of their group that wait for it too", () => {
    const waits = { state: "active_unacknowledged", group: "g1" } as const;
    const all = [
      alarm("a", waits),
      alarm("b", waits),
      alarm("seen", { ...waits, state: "active_acknowledged" }),
      alarm("elsewhere", { ...waits, node: "other" }),
      alarm("alone", { state: "active_unacknowledged" }),
    ];
    expect(companions(all[0]!, all).map(({ id }) => id)).toEqual(["b"]);
    expect(companions(all[4]!, all)).toEqual([]);
  });
  it("are to be seen while only a kept value raises them, and are no more than that", () => {
    const uncertain = alarm("a", { uncertain: true });
    expect([isAtRest(uncertain), isAtRest(alarm("b", { stale: true })), isAtRest(alarm("c", {}))]).toEqual([
      false,
      false,
      true,
    ]);
    expect([alarmState(uncertain), needsAcknowledging(uncertain)]).toEqual([2, false]);
  });
  it("are filtered by text and by priority, and a filter comes back out of its text", () => {
    const filter = { search: "", all: true, least: "" } as const;
    const urgent = alarm("a", { priority: "high", title: "too hot" });
    expect([passes(urgent, filter), passes(urgent, { ...filter, all: false })]).toEqual([true, false]);
    expect([passes(urgent, { ...filter, least: "medium" }), passes(urgent, { ...filter, least: "critical" })]).toEqual([
      true,
      false,
    ]);
    expect(passes(urgent, { ...filter, search: "cold" })).toBe(false);
    const kept = { search: "a & b", all: true, least: "high" } as const;
    expect(filterOf(filterText(kept))).toEqual(kept);
    expect([filterText({ ...filter, all: false }), filterOf("least=nonsense").least]).toEqual(["", ""]);
  });
  it("need nobody while they are shelved", () =>
    expect(needsAcknowledging(alarm("a", { state: "active_unacknowledged", shelved }))).toBe(false));
});

describe("trends", () => {
  const trend = (key: string, at_ms: number[], value: (number | null)[]): Trend => ({
    key,
    unit: null,
    from: "ram",
    at_ms,
    value,
    min: value,
    max: value,
  });
  it("share one axis; a point that another one lacks does not break its line", () => {
    expect(aligned([trend("a", [1000, 2000], [1, 2]), trend("b", [1500], [5])])).toEqual([
      [1, 1.5, 2],
      [1, undefined, 2],
      [undefined, 5, undefined],
    ]);
  });
  it("show the least and the greatest of a single one", () => {
    expect(aligned([{ ...trend("a", [1000], [2]), min: [1], max: [3] }])).toEqual([[1], [2], [1], [3]]);
  });
  it("tell the least and the greatest of all that is shown, not of the newest bucket", () => {
    const columns = aligned([
      { ...trend("a", [1000, 2000, 3000], [20, 22, 21]), min: [18, 21, 21], max: [20, 26, 21] },
    ]);
    expect([extreme(columns[2]!, false), extreme(columns[3]!, true)]).toEqual([18, 26]);
    expect(extreme([null, undefined], true)).toBeNull();
  });
  it("break where nothing came for five times as long as usual, and only there", () => {
    const at_ms = Array.from({ length: 12 }, (_, i) => i * 10_000);
    const value = at_ms.map((_, i) => (i === 2 || (i > 4 && i < 11) ? null : i));
    expect(pointsOf(trend("a", at_ms, value))).toMatchObject({
      at_ms: [0, 10_000, 30_000, 40_000, 75_000, 110_000],
      value: [0, 1, 3, 4, null, 11],
    });
  });
  it("grow by the live value once, and shed what is too old", () => {
    const rows = new Map([["a", { key: "a", value: 7, at_ms: 9000 } as Value]]);
    const once = withLive([trend("a", [1000, 8000], [1, 2])], rows, 9000, 5, 10);
    expect(once[0]).toMatchObject({ at_ms: [8000, 9000], value: [2, 7] });
    expect(withLive(once, rows, 9000, 5, 10)).toBe(once);
  });
  it("do not grow beyond one point a bucket", () => {
    let trends: readonly Trend[] = [trend("a", [0], [1])];
    for (let at_ms = 100; at_ms <= 10_000; at_ms += 100)
      trends = withLive(trends, new Map([["a", { key: "a", value: at_ms, at_ms } as Value]]), at_ms, 100, 50);
    expect(trends[0]!.at_ms.length).toBeLessThan(10);
    expect(trends[0]!.value.at(-1)).toBe(10_000);
  });
});

describe("finding", () => {
  it("ranks whole and leading words first", () =>
    expect(best(["amqtt", "mqtt_in", "mqtt"], "mqtt", (text) => text)).toEqual(["mqtt", "mqtt_in", "amqtt"]));
  it("needs every word", () => expect(best(["mqtt in", "mqtt out"], "out mq", (text) => text)).toEqual(["mqtt out"]));
  it("numbers taken names", () =>
    expect([freeName("a", new Set()), freeName("a", new Set(["a", "a_2"])), freeName("a_2", new Set(["a_2"]))]).toEqual(
      ["a", "a_3", "a_3"],
    ));
});

describe("outline", () => {
  it("follows the wires, names each node once, and finds rings", () => {
    const rows = outline(
      graphOf(
        ["c", "a", "b", "r1", "r2"],
        [
          ["a", "b"],
          ["b", "c"],
          ["a", "c"],
          ["r1", "r2"],
          ["r2", "r1"],
        ],
      ),
    );
    expect(rows.map(({ node: { id }, depth }) => `${id}${depth}`)).toEqual(["a0", "b1", "c2", "r10", "r21"]);
  });
});

describe("small things", () => {
  it("patterns fit levels", () =>
    expect([
      fitsPattern("a/b", "a/*"),
      fitsPattern("a/b/c", "a/*"),
      fitsPattern("a/b/c", "a/**"),
      fitsPattern("a", "a"),
      fitsPattern("ab", "a"),
    ]).toEqual([true, false, true, true, false]));
  it("a star fits a part of a level too", () =>
    expect(
      ["A-EN-01/t_c", "B-EN-01/t_c", "A-EN-01/t_c/x", "A-EN/rh", "A-"].map((key) => fitsPattern(key, "A-*/t*c")),
    ).toEqual([true, false, false, false, false]));
  it("routes go back and forth, hostile ones too", () => {
    for (const path of [
      "/",
      "/alarms",
      "/flow/cold_store",
      "/page/f/hall",
      "/flow/..%2F..%2Fetc",
      "/flow/%3Cscript%3E",
    ])
      expect(pathOf(parsePath(path))).toBe(path);
    expect(parsePath("/flow/%E0%A4%A")).toEqual({ screen: "flow", flow: "%E0%A4%A" });
    expect(parsePath("/nonsense")).toEqual({ screen: "home" });
  });
  it("roles include the lower ones", () =>
    expect([atLeast("operator", "viewer"), atLeast("operator", "integrator"), atLeast(undefined, "viewer")]).toEqual([
      true,
      false,
      false,
    ]));
  it("lists take changes and removals", () => {
    const id = (item: { id: string }) => item.id;
    expect(
      merged(
        [
          { id: "a", v: 1 },
          { id: "b", v: 1 },
        ],
        [
          { id: "b", v: 2 },
          { id: "c", v: 1 },
        ],
        ["a"],
        id,
      ),
    ).toEqual([
      { id: "b", v: 2 },
      { id: "c", v: 1 },
    ]);
  });
  it("help texts fall into blocks", () => {
    expect(
      blocks("# T\n\ntext\nmore\n\n- a\n  b\n- c\n\n```\nx: 1\n\ny\n```\n1. one").map(({ kind, lines }) => [
        kind,
        lines.length,
      ]),
    ).toEqual([
      ["heading", 1],
      ["text", 2],
      ["list", 2],
      ["code", 3],
      ["steps", 1],
    ]);
  });
});

describe("values in words", () => {
  it("are what the flow calls them, else themselves", () => {
    const words = { ok: "à jour", true: "en marche", null: "jamais" };
    expect(["ok", "other", true, null, { ok: 1 }].map((value) => inWords(value, words))).toEqual([
      "à jour",
      "other",
      "en marche",
      "jamais",
      expect.stringContaining("ok"),
    ]);
    expect(inWords("constructor", words)).toBe("constructor");
  });
  it("take the unit in the singular where the language does", () => {
    const said = (unit: string, value: Json) => unitOf(unit, value, { trames: "trame|trames" });
    use("fr", en);
    expect([0, 1, 1.5, 2, "1", null].map((value) => said("trames", value))).toEqual([
      "trame",
      "trame",
      "trame",
      "trames",
      "trames",
      "trames",
    ]);
    use("en", en);
    expect([0, 1, 1.5].map((value) => said("frame|frames", value))).toEqual(["frames", "frame", "frames"]);
    expect([said("°C", 1), unitOf(null, 1), unitOf(undefined, 2)]).toEqual(["°C", "", ""]);
  });

  it("name a point by its whole key, or by the levels that have words", () => {
    const words = { t_c: "température", "m/times": "réponse" };
    expect(["A-EN-01/t_c", "m/times", "m/other"].map((key) => keyInWords(key, words))).toEqual([
      "A-EN-01 température",
      "réponse",
      "m/other",
    ]);
  });

  it("tell an instant as a date and time of this place", () => {
    expect(showValue("2026-01-02T03:04:05.123456Z")).toMatch(/\d\d/);
    expect(showValue("2026-01-02T03:04:05.123456Z")).not.toContain("T");
    expect(showValue("2026-01-02")).toBe("2026-01-02");
  });
});
