// A set-point: the present value, a number to send within limits, and what became of the last ones.
import { useCallback, useEffect, useId, useState } from "react";
import { pages } from "../api/calls";
import type { Page, Value, Widget, WriteRow } from "../api/types";
import { dateTime, type Key, number, numberAsTyped, t, typedNumber } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { visible } from "../logic/payload";
import { showValue, unitOf } from "../logic/values";
import { LiveMark } from "../parts/LiveMark";
import { Press } from "./Press";
import { Reading } from "./Reading";

type Shown = Extract<Widget, { type: "setpoint" }>;
const AGAIN_MS = [300, 1500, 4000]; // a device may take its time to show what was written

export function Setpoint({ page, widget, rows }: { page: Page; widget: Shown; rows: ReadonlyMap<string, Value> }) {
  const id = useId();
  const [text, setText] = useState("");
  const [writes, look] = useWrites(page, widget);
  const value = text.trim() === "" ? null : typedNumber(text);
  const wrong = value !== null && !(value >= widget.min && value <= widget.max);
  const range = t("fault.range", { low: number(widget.min), high: number(widget.max) });
  return (
    <>
      <Reading value={rows.get(widget.key)} unit={widget.unit} digits={widget.digits} />
      <div className="row">
        <input
          id={id}
          className="input grow"
          type="text" // a number field takes only the decimal sign of the browser's own language
          role="spinbutton"
          aria-valuemin={widget.min}
          aria-valuemax={widget.max}
          {...(value === null || wrong ? {} : { "aria-valuenow": value })}
          inputMode={widget.min < 0 ? "text" : "decimal"} // phones' decimal pads have no minus
          autoComplete="off"
          aria-label={widget.title}
          aria-invalid={wrong}
          aria-describedby={`${id}-range`}
          disabled={!widget.may}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            const steps = STEPS[event.key];
            if (steps === undefined) return;
            event.preventDefault();
            setText(numberAsTyped(stepped(widget, wrong ? null : value, steps)));
          }}
        />
        <Press
          page={page}
          widget={widget}
          value={value}
          label={widget.label}
          confirm={widget.confirm}
          disabled={value === null || wrong}
          onSent={() => {
            setText("");
            look();
          }}
        />
      </div>
      <p className={wrong ? "fault" : "muted small"} id={`${id}-range`} role={wrong ? "alert" : undefined}>
        {range} {unitOf(widget.unit, widget.max)}
      </p>
      <Writes writes={writes} />
    </>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1 };

/** So many steps on, within the limits; from the least value where there is none. */
function stepped({ min, max, step }: Shown, value: number | null, steps: number): number {
  const from = value ?? min - steps;
  const next = step === null ? from + steps : min + Math.round((from - min) / step + steps) * step;
  return Number(Math.min(max, Math.max(min, next)).toFixed(9));
}

/** The last writes, read at once and some times after each press. */
function useWrites(page: Page, widget: Shown): [WriteRow[], () => void] {
  const [writes, setWrites] = useState<WriteRow[]>([]);
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    let gone = false;
    const ask = () =>
      pages.writes(page.flow, page.page, widget.id).then(
        (found) => gone || setWrites(found.items),
        () => {}, // the page itself says when the engine is away
      );
    const timers = (looks ? AGAIN_MS : [0]).map((after_ms) => window.setTimeout(ask, after_ms));
    return () => {
      gone = true;
      timers.forEach(clearTimeout);
    };
  }, [page.flow, page.page, widget.id, looks]);
  return [writes, useCallback(() => setLooks((n) => n + 1), [])];
}

const RESULTS: Record<NonNullable<WriteRow["result"]>, Key> = {
  written: "write.written",
  refused: "write.refused",
  differs: "write.differs",
  "no answer": "write.noAnswer",
};

function Writes({ writes }: { writes: WriteRow[] }) {
  const last = [...new Map(writes.toReversed().map((write) => [write.node, write])).values()];
  const several = last.length > 1; // what became of one says nothing of the others
  if (!last.length) return null;
  return (
    <details>
      <summary>
        {last.map((write) => (
          <Result key={write.node} write={write} node={several ? write.node : ""} />
        ))}
      </summary>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("write.last")}>
        <table className="table">
          <thead>
            <tr>
              <th>{t("time")}</th>
              {several && <th>{t("write.node")}</th>}
              <th>{t("write.by")}</th>
              <th>{t("write.old")}</th>
              <th>{t("write.new")}</th>
              <th>{t("write.readBack")}</th>
              <th>{t("write.result")}</th>
            </tr>
          </thead>
          <tbody>
            {writes.map((write, i) => (
              <tr key={`${write.at_ms} ${i}`}>
                <td>{dateTime(write.at_ms)}</td>
                {several && <td>{write.node}</td>}
                <td>{write.by}</td>
                <td>{write.old === null ? "" : showValue(write.old)}</td>
                <td>{showValue(write.value)}</td>
                <td>{write.read_back === null ? "" : showValue(write.read_back)}</td>
                <td>
                  <Result write={write} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Result({ write, node = "" }: { write: WriteRow; node?: string }) {
  const state = write.result === null ? 0 : write.result === "written" ? 1 : write.result === "refused" ? 2 : 3;
  const text = write.result === null ? t("write.underWay") : t(RESULTS[write.result]);
  const whole = write.reason ? `${text}: ${visible(reasonText(write.reason))}` : text;
  return <LiveMark state={state} text={node ? `${node}: ${whole}` : whole} />;
}
