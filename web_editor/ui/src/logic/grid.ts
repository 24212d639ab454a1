// Widgets on a grid of twelve columns: where one goes, how it is moved and sized, where there is room. Pure.
import type { Grid } from "../api/types";

export const COLUMNS = 12;
export const ROW_PX = 56;
export const GAP_PX = 12;

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, Math.round(value)));

/** The place moved by so many columns and rows, within the page. */
export const movedBy = ([column, row, width, height]: Grid, columns: number, rows: number): Grid => [
  clamp(column + columns, 0, COLUMNS - width),
  clamp(row + rows, 0, 999),
  width,
  height,
];

/** The place with its right and bottom edge moved, at least one cell large. */
export const sizedBy = ([column, row, width, height]: Grid, columns: number, rows: number): Grid => [
  column,
  row,
  clamp(width + columns, 1, COLUMNS - column),
  clamp(height + rows, 1, 99),
];

const meets = ([a, b, c, d]: Grid, [e, f, g, h]: Grid) => a < e + g && e < a + c && b < f + h && f < b + d;

/** The first free place for something of that size, row by row. */
export function freePlace(taken: readonly Grid[], width: number, height: number): Grid {
  const rows = Math.max(0, ...taken.map(([, row, , tall]) => row + tall));
  for (let row = 0; row <= rows; row++)
    for (let column = 0; column + width <= COLUMNS; column++) {
      const place: Grid = [column, row, width, height];
      if (!taken.some((other) => meets(place, other))) return place;
    }
  return [0, rows, width, height];
}

const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  trend: [12, 5],
  table: [12, 5],
  form: [4, 5],
  setpoint: [4, 4],
  image: [6, 6],
  alarms: [6, 4],
  text: [6, 2],
};

/** How large a widget of a kind is at first. */
export const sizeOf = (type: string): readonly [number, number] => SIZES[type] ?? [3, 3];

/** A place for every widget: its own, or the first free one, as the page would be drawn. */
export function placedAll(widgets: readonly { id: string; type: string; grid: Grid | null }[]): Map<string, Grid> {
  const taken = widgets.flatMap(({ grid }) => (grid ? [grid] : []));
  const places = new Map<string, Grid>();
  for (const { id, type, grid } of widgets) {
    const place = grid ?? freePlace(taken, ...sizeOf(type));
    if (!grid) taken.push(place);
    places.set(id, place);
  }
  return places;
}
