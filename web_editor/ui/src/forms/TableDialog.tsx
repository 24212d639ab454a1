// A list of groups as a table: typed, pasted from a spreadsheet, and handed on as one change.
import { type ClipboardEvent, type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { Json } from "../api/types";
import { t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import {
  cellFault,
  doubled,
  emptyRow,
  faultsIn,
  listOfRows,
  type Place,
  placeKey,
  ROWS_SHOWN,
  type Row,
  rowsOf,
  withCell,
  withPasted,
} from "./cells";
import { faultText } from "./fault";
import type { Field } from "./fields";
import { showDefault } from "./fieldValue";

type Props = {
  title: string;
  columns: Field[];
  value: Json | undefined;
  onClose: () => void;
  onChange: (value: Json | undefined) => void;
};

export function TableDialog({ title, columns, value, onClose, onChange }: Props) {
  const [rows, setRows] = useState<Row[]>(() => [...rowsOf(value, columns), emptyRow(columns)]);
  const [changed, setChanged] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [from, setFrom] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const lists = useId();
  const faults = useMemo(() => faultsIn(rows, columns), [rows, columns]);
  const twice = useMemo(() => doubled(rows, columns), [rows, columns]);
  const [shownFault, setShownFault] = useState<Place | null>(null);
  useEffect(() => {
    if (shownFault) body.current?.querySelector<HTMLInputElement>('[data-fault="true"]')?.focus();
  }, [shownFault]);
  const showFault = ({ row, column }: Place) => {
    setFrom(row - (row % ROWS_SHOWN));
    setShownFault({ row, column });
  };
  const change = (next: (now: Row[]) => Row[]) => {
    setRows((now) => withRoom(next(now), columns));
    setChanged(true);
    setLeaving(false);
  };
  const leave = () => (changed && !leaving ? setLeaving(true) : onClose());
  const pasted = (event: ClipboardEvent, row: number, column: number) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    change((now) => withPasted(now, columns, row, column, text));
  };
  const moved = (event: KeyboardEvent<HTMLInputElement>) => {
    const down = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
    if (!down || (event.currentTarget.list && event.key !== "Enter")) return; // the arrows choose from its list
    event.preventDefault();
    const cells = [...(body.current?.querySelectorAll<HTMLInputElement>("input") ?? [])];
    cells[cells.indexOf(event.currentTarget) + down * columns.length]?.focus();
  };
  return (
    <Dialog
      title={title}
      className="wider"
      onClose={leave}
      foot={
        <>
          {(leaving || faults[0]) && (
            <p className="fault grow" role="alert">
              {leaving ? t("table.leave") : faultsText(faults, columns)}
            </p>
          )}
          {!leaving && faults[0] && (
            <button type="button" className="button" onClick={() => showFault(faults[0]!)}>
              {t("table.show")}
            </button>
          )}
          <button type="button" className={leaving ? "button danger" : "button"} onClick={leave}>
            {leaving ? t("table.discard") : t("cancel")}
          </button>
          <button
            type="button"
            className="button primary"
            disabled={faults.length > 0}
            onClick={() => onChange(listOfRows(rows, columns))}
          >
            {t("table.take")}
          </button>
        </>
      }
    >
      <p className="help muted small">{t("table.help")}</p>
      {columns.map(
        ({ name, choices }) =>
          choices.length > 0 && (
            <datalist key={name} id={`${lists}-${name}`}>
              {choices.map((choice) => (
                <option key={String(choice)} value={String(choice)} />
              ))}
            </datalist>
          ),
      )}
      <div className="scroll">
        <table className="table cells">
          <thead>
            <tr>
              <td />
              {columns.map(({ name, label, required, unit }) => (
                <th key={name} scope="col">
                  {label}
                  {required && <span aria-hidden="true"> *</span>}
                  {unit && ` (${unit})`}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.slice(from, from + ROWS_SHOWN).map((row, shown) => {
              const at = from + shown;
              return (
                <tr key={at}>
                  <th scope="row">{at + 1}</th>
                  {columns.map((field, column) => {
                    const isDouble = twice.has(placeKey(at, column));
                    const wrong = cellFault(row, column, columns) ?? (isDouble ? { fault: "double" as const } : null);
                    const isShown = shownFault?.row === at && shownFault.column === column;
                    return (
                      <td key={field.name}>
                        <input
                          className="input mono"
                          aria-label={t("table.cell", { label: field.label, n: at + 1 })}
                          aria-invalid={wrong !== null}
                          {...(wrong ? { title: faultText(wrong) } : {})}
                          {...(field.choices.length ? { list: `${lists}-${field.name}` } : {})}
                          {...(shown === 0 && column === 0 ? { "data-first": true } : {})}
                          {...(isShown ? { "data-fault": true } : {})}
                          placeholder={showDefault(field)}
                          value={row.cells[column]}
                          spellCheck={false}
                          autoComplete="off"
                          onChange={(event) => {
                            const { value: text } = event.target;
                            change((now) => withCell(now, at, column, text));
                          }}
                          onPaste={(event) => pasted(event, at, column)}
                          onKeyDown={moved}
                        />
                      </td>
                    );
                  })}
                  <td>
                    <button
                      type="button"
                      className="button plain icon"
                      aria-label={t("table.remove", { n: at + 1 })}
                      onClick={() => change((now) => now.toSpliced(at, 1))}
                    >
                      <Icon name="close" />
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {rows.length > ROWS_SHOWN && (
        <div className="row">
          <button type="button" className="button" disabled={from === 0} onClick={() => setFrom(from - ROWS_SHOWN)}>
            {t("table.before")}
          </button>
          <span className="muted">
            {t("table.shown", { from: from + 1, to: Math.min(from + ROWS_SHOWN, rows.length), n: rows.length })}
          </span>
          <button
            type="button"
            className="button"
            disabled={from + ROWS_SHOWN >= rows.length}
            onClick={() => setFrom(from + ROWS_SHOWN)}
          >
            {t("table.after")}
          </button>
        </div>
      )}
    </Dialog>
  );
}

/** The first cell that is wrong, and how many more there are. */
function faultsText(faults: readonly Place[], columns: readonly Field[]): string {
  const { row, column } = faults[0]!;
  const first = { n: row + 1, label: columns[column]!.label };
  return faults.length > 1 ? t("table.faults", { ...first, more: faults.length - 1 }) : t("table.fault", first);
}

/** An empty row at the end, for what is to come. */
function withRoom(rows: Row[], columns: readonly Field[]): Row[] {
  return rows.at(-1)?.cells.every((text) => text === "") ? rows : [...rows, emptyRow(columns)];
}
