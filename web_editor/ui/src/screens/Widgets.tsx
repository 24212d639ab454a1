// The widgets of an operator page: what is shown, and what may be pressed.

import { lazy, Suspense, useState } from "react";
import type { Json, Page, Value, Widget } from "../api/types";
import { Fields } from "../forms/FieldInput";
import { Faulty, useFaulty } from "../forms/faulty";
import { fieldsOf, filledWith, fixedOf, missing, presentOf } from "../forms/fields";
import { dateTime, t } from "../i18n";
import { isMap } from "../logic/operations";
import { visible } from "../logic/payload";
import { fitsPattern, inWords, unitOf } from "../logic/values";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { Markdown } from "../parts/Markdown";
import { Gauge } from "./Gauge";
import { Press } from "./Press";
import { Freshness, Reading } from "./Reading";
import { Setpoint } from "./Setpoint";
import { Picture, Standing, StateWidget, Way } from "./ShownWidgets";

const TrendView = lazy(() => import("../panels/TrendView"));
type Rows = ReadonlyMap<string, Value>;
type Of<K extends Widget["type"]> = Extract<Widget, { type: K }>;
type Props<K extends Widget["type"]> = { page: Page; widget: Of<K>; rows: Rows };

export function WidgetBody({ page, widget, rows }: { page: Page; widget: Widget; rows: Rows }) {
  switch (widget.type) {
    case "value":
      return (
        <Reading
          value={rows.get(widget.key)}
          unit={widget.unit}
          digits={widget.digits}
          {...(widget.words ? { words: widget.words } : {})}
        />
      );
    case "gauge":
      return <Gauge page={page} widget={widget} rows={rows} />;
    case "trend":
      return (
        <Suspense fallback={<p className="muted">{t("loading")}</p>}>
          <TrendView keys={widget.keys} span_s={widget.span_s} words={widget.words ?? {}} height={180} choose={false} />
        </Suspense>
      );
    case "button":
      return <Press page={page} widget={widget} value={null} label={widget.label} confirm={widget.confirm} large />;
    case "switch":
      return <Switch page={page} widget={widget} rows={rows} />;
    case "setpoint":
      return <Setpoint page={page} widget={widget} rows={rows} />;
    case "form":
      return <Form page={page} widget={widget} rows={rows} />;
    case "table":
      return <Table page={page} widget={widget} rows={rows} />;
    case "image":
      return <Picture page={page} widget={widget} rows={rows} />;
    case "link":
      return <Way to={widget.to} label={widget.label} />;
    case "state":
      return <StateWidget page={page} widget={widget} rows={rows} />;
    case "alarms":
      return <Standing flow={widget.flows === "own" ? page.flow : null} />;
    case "text":
      return <Markdown text={widget.text} />;
  }
}

function Switch({ page, widget, rows }: Props<"switch">) {
  const value = rows.get(widget.key);
  const is = (side: Json) => value !== undefined && JSON.stringify(value.value) === JSON.stringify(side);
  return (
    <>
      <div className="row">
        <Press
          page={page}
          widget={widget}
          value={true}
          label={t("on")}
          confirm={widget.confirm}
          pressed={is(widget.on)}
        />
        <Press
          page={page}
          widget={widget}
          value={false}
          label={t("off")}
          confirm={widget.confirm}
          pressed={is(widget.off)}
        />
      </div>
      <Freshness value={value} />
    </>
  );
}

function Form({ page, widget, rows }: Props<"form">) {
  const fields = fieldsOf(widget.schema);
  const [typed, setTyped] = useState<Record<string, Json | undefined>>({});
  const [sent, setSent] = useState(0);
  const emptied = () => {
    setTyped({});
    setSent((times) => times + 1); // its fields begin anew: that they are empty again is nobody's mistake
  };
  const config = filledWith({ ...presentOf(fields, rows), ...typed, ...fixedOf(fields) });
  const empty = missing(fields, config);
  const [faulty, report] = useFaulty();
  return (
    <>
      <Faulty.Provider value={report}>
        <Fields
          key={sent}
          fields={fields}
          config={config}
          graph={null}
          disabled={!widget.may}
          onChange={(name, value) => setTyped((old) => ({ ...old, [name]: value }))}
        />
      </Faulty.Provider>
      <Press
        page={page}
        widget={widget}
        value={config}
        label={widget.label}
        confirm={widget.confirm}
        large
        disabled={empty.length > 0 || faulty}
        onSent={emptied}
      />
    </>
  );
}

function Table({ widget, rows }: Props<"table">) {
  const found = [...rows.values()]
    .filter((value) => fitsPattern(value.key, widget.keys))
    .sort(widget.newest ? newestFirst : byKey);
  if (found.length === 0) return <p className="muted">{widget.empty || t("values.none")}</p>;
  const headings = widget.columns.map((column, i) => widget.headings[i] || heading(column));
  return (
    <div className="scroll" tabIndex={0}>
      <table className={headings.length > 3 ? "table cards labelled" : "table"}>
        <thead>
          <tr>
            {headings.map((said, i) => (
              <th key={widget.columns[i]}>{said}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.map((value) => (
            <tr key={value.key} className={value.stale ? "muted" : undefined}>
              {widget.columns.map((column, i) => (
                <td key={column} data-label={headings[i]}>
                  <Cell
                    value={value}
                    column={column}
                    words={widget.words ?? {}}
                    unit={!widget.columns.includes("unit")}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const byKey = (a: Value, b: Value) => a.key.localeCompare(b.key, undefined, { numeric: true });
const newestFirst = (a: Value, b: Value) => b.at_ms - a.at_ms || byKey(a, b);

const HEADINGS = {
  key: "values.key",
  value: "value",
  unit: "unit",
  quality: "quality",
  age: "age",
  time: "time",
} as const;
const heading = (column: string) => (column in HEADINGS ? t(HEADINGS[column as keyof typeof HEADINGS]) : column);

type CellProps = { value: Value; column: string; words: Readonly<Record<string, string>>; unit: boolean };

function Cell({ value, column, words, unit }: CellProps) {
  if (column === "key") return visible(value.key);
  if (column === "value")
    return `${inWords(value.value, words)} ${unit && value.value !== null ? unitOf(value.unit, value.value, words) : ""}`.trim();
  if (/^key\.[1-9]$/.test(column)) return inWords(value.key.split("/")[Number(column[4]) - 1] ?? "", words);
  if (column === "unit") return unitOf(value.unit, value.value, words);
  if (column === "age") return <Age at_ms={value.at_ms} />;
  if (column === "time") return dateTime(value.at_ms);
  if (column === "quality")
    return value.stale ? (
      <LiveMark state={2} text={t("stale")} />
    ) : (
      <LiveMark
        state={value.quality === "good" ? 1 : value.quality === "bad" ? 3 : 2}
        text={t(`quality.${value.quality}`)}
      />
    );
  return isMap(value.value) && value.value[column] !== undefined ? inWords(value.value[column], words) : "";
}
