// A list of groups as a table of texts: a row for each group, a column for each plain field. Pure.
import type { Json } from "../api/types";
import { isMap } from "../logic/operations";
import type { Field } from "./fields";
import { type Fault, parseField, showField } from "./fieldValue";

/** One row: what stood there, and what its cells say now. Fields that are no cells stay as they were. */
export type Row = { was: Record<string, Json>; cells: readonly string[] };
export const ROWS_SHOWN = 100;

const CELLS: ReadonlySet<Field["kind"]> = new Set([
  "text",
  "number",
  "integer",
  "boolean",
  "choice",
  "duration",
  "size",
  "expression",
  "template",
  "regex",
  "topic",
]);

/** The fields that fit into a cell; none where one that is required does not. */
export function columnsOf(fields: readonly Field[]): Field[] {
  return fields.some(({ kind, required }) => required && !CELLS.has(kind))
    ? []
    : fields.filter(({ kind }) => CELLS.has(kind));
}

export const emptyRow = (columns: readonly Field[]): Row => ({ was: {}, cells: columns.map(() => "") });

export function rowsOf(value: Json | undefined, columns: readonly Field[]): Row[] {
  return (Array.isArray(value) ? value : []).map((item) => {
    const was = isMap(item) ? item : {};
    return { was, cells: columns.map(({ name }) => showField(was[name])) };
  });
}

const isEmpty = ({ was, cells }: Row) => cells.every((text) => text.trim() === "") && Object.keys(was).length === 0;

/** What is wrong with a cell; null for nothing, also in a row that is empty, since that is left out. */
export function cellFault(row: Row, at: number, columns: readonly Field[]): Fault | null {
  if (isEmpty(row)) return null;
  const parsed = parsedCell(columns[at]!, row, at);
  return "fault" in parsed ? parsed : null;
}

/** Where the first cell is that cannot stay as it is. A row that is as it was is not read again. */
export function firstFault(rows: readonly Row[], columns: readonly Field[]): { row: number; column: number } | null {
  const row = rows.findIndex((one) => firstWrong(one, columns) >= 0);
  return row < 0 ? null : { row, column: firstWrong(rows[row]!, columns) };
}

const judged = new WeakMap<Row, { columns: readonly Field[]; wrong: number }>();

/** The first cell of a row that is wrong, or -1: known for as long as nothing in it is typed. */
function firstWrong(row: Row, columns: readonly Field[]): number {
  const known = judged.get(row);
  if (known?.columns === columns) return known.wrong;
  const wrong = columns.findIndex((_, column) => cellFault(row, column, columns) !== null);
  judged.set(row, { columns, wrong });
  return wrong;
}

/** The list that the table says; undefined where no row is left. Cells that were not touched keep their value. */
export function listOfRows(rows: readonly Row[], columns: readonly Field[]): Json[] | undefined {
  const list = rows.filter((row) => !isEmpty(row)).map((row) => groupOf(row, columns));
  return list.length ? list : undefined;
}

function groupOf(row: Row, columns: readonly Field[]): Json {
  const said = columns.map((field, at): [string, Json | undefined] => {
    const parsed = parsedCell(field, row, at);
    return [field.name, "value" in parsed ? parsed.value : row.was[field.name]];
  });
  const names = new Set(said.map(([name]) => name));
  const rest = Object.entries(row.was).filter(([name]) => !names.has(name));
  const order = Object.keys(row.was);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const filled = said.flatMap(([name, value]): [string, Json][] => (value === undefined ? [] : [[name, value]]));
  return Object.fromEntries([...filled, ...rest].sort(([a], [b]) => place(a) - place(b)));
}

function parsedCell(field: Field, { was, cells }: Row, at: number): { value: Json | undefined } | Fault {
  const text = cells[at] ?? "";
  if (text === showField(was[field.name]) && was[field.name] !== undefined) return { value: was[field.name] };
  if (field.kind === "boolean" && text.trim())
    return text.trim() === "true" || text.trim() === "false" ? { value: text.trim() === "true" } : { fault: "choice" };
  return parseField(field, text);
}

export const withCell = (rows: readonly Row[], row: number, column: number, text: string): Row[] =>
  rows.map((one, at) => (at === row ? { ...one, cells: one.cells.with(column, text) } : one));

/** Cells as a spreadsheet copies them: put where the cursor is, or by their names where the first line says those. */
export function withPasted(
  rows: readonly Row[],
  columns: readonly Field[],
  row: number,
  column: number,
  text: string,
): Row[] {
  const lines = text
    .replace(/\r\n?/g, "\n")
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split("\t"));
  const named = lines[0]!.map((head) => columnNamed(columns, head));
  const byName = lines.length > 1 && named.every((at) => at >= 0);
  const next = [...rows];
  for (const [down, cells] of (byName ? lines.slice(1) : lines).entries()) {
    const at = row + down;
    const old = next[at] ?? emptyRow(columns);
    const put = old.cells.map((cell, i) => {
      const from = byName ? named.indexOf(i) : i - column;
      return from >= 0 && cells[from] !== undefined ? cells[from].trim() : cell;
    });
    next[at] = { ...old, cells: put };
  }
  return next;
}

function columnNamed(columns: readonly Field[], head: string): number {
  const name = head.trim().toLowerCase();
  return columns.findIndex((field) => field.name === name || field.label.toLowerCase() === name);
}
