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

export type Place = { row: number; column: number };

/** Where the cells are that cannot stay as they are, from the first row to the last. */
export function faultsIn(rows: readonly Row[], columns: readonly Field[]): Place[] {
  const twice = doubled(rows, columns);
  const unique = [...columns.keys()].filter((column) => columns[column]!.schema["x-unique"]);
  return rows.flatMap((one, row) =>
    [...wrongIn(one, columns), ...unique.filter((column) => twice.has(placeKey(row, column)))].map((column) => ({
      row,
      column,
    })),
  );
}

const judged = new WeakMap<Row, { columns: readonly Field[]; wrong: number[] }>();

/** The cells of a row that are wrong: known for as long as nothing in it is typed. */
function wrongIn(row: Row, columns: readonly Field[]): number[] {
  const known = judged.get(row);
  if (known?.columns === columns) return known.wrong;
  const wrong = [...columns.keys()].filter((column) => cellFault(row, column, columns) !== null);
  judged.set(row, { columns, wrong });
  return wrong;
}

export const placeKey = (row: number, column: number) => `${row} ${column}`;

/** Cells that say what a row above says, in columns in which each row has its own. */
export function doubled(rows: readonly Row[], columns: readonly Field[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [column, field] of columns.entries()) {
    if (!field.schema["x-unique"]) continue;
    const seen = new Set<string>();
    for (const [row, { cells }] of rows.entries()) {
      const text = cells[column]!.trim();
      if (text && seen.has(text)) found.add(placeKey(row, column));
      seen.add(text);
    }
  }
  return found;
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
