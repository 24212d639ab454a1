// Strokes of the overview: wires, boxes, states, selection, and the colours of the present theme. No view, no React.
import { CATEGORIES } from "../api/generated";
import type { Category } from "../api/types";
import { GAP_X } from "../logic/placing";
import { painted } from "../parts/paint";
import { type State, UNKNOWN } from "../parts/StateMark";
import type { Mark, Scene } from "./scene";
import { overlap } from "./scene";

export type View = readonly [x: number, y: number, zoom: number];
/** Of a canvas on the page or of one in memory. */
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
export type States = (id: string) => State;
const STATES = ["--off", "--ok", "--warn", "--error", "--muted"] as const;
const PLAIN = ["--border", "--surface", "--accent", "--text"] as const;
type Name = (typeof STATES)[number] | (typeof PLAIN)[number] | `--${Category}`;
export type Colours = Record<Name, string>;

export const coloursOf = (beside: HTMLElement): Colours =>
  painted(beside.parentElement!, [...STATES, ...PLAIN, ...CATEGORIES.map((kind) => `--${kind}` as const)]);

/** The boxes that the surface shows, moved and scaled to it. */
export function marksOn({ marks }: Scene, [x, y, zoom]: View, width: number, height: number): Mark[] {
  const area = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
  return marks
    .filter((mark) => overlap(mark, area))
    .map((mark) => ({
      ...mark,
      x: mark.x * zoom + x,
      y: mark.y * zoom + y,
      width: mark.width * zoom,
      height: mark.height * zoom,
    }));
}

/** Straight lines from the right of one node to the left of the next: that is all one sees from afar. */
export function drawWires(pen: Pen, { lines }: Scene, [x, y, zoom]: View, colours: Colours): void {
  pen.strokeStyle = colours["--border"];
  pen.lineWidth = Math.max(0.5, 1.5 * zoom);
  for (const faint of [true, false]) {
    pen.globalAlpha = faint ? 0.35 : 1; // where errors go is on every node, and not what a flow is about
    pen.beginPath();
    for (const line of lines) {
      if (line.faint !== faint) continue;
      pen.moveTo(line.x1 * zoom + x, line.y1 * zoom + y);
      pen.lineTo(line.x2 * zoom + x, line.y2 * zoom + y);
    }
    pen.stroke();
  }
}

export function drawBoxes(
  pen: Pen,
  marks: readonly Mark[],
  selected: ReadonlySet<string>,
  zoom: number,
  colours: Colours,
): void {
  pen.lineWidth = 1;
  pen.strokeStyle = colours["--border"];
  pen.fillStyle = colours["--surface"];
  rectangles(pen, marks, 0);
  pen.fill();
  if (zoom > 0.1) pen.stroke();
  for (const kind of CATEGORIES) {
    pen.fillStyle = colours[`--${kind}`];
    const edge = Math.max(1.5, 4 * zoom);
    rectangles(
      pen,
      marks.filter((mark) => mark.kind === kind).map((mark) => ({ ...mark, width: edge })),
      0,
    );
    pen.fill();
  }
  pen.lineWidth = 2;
  pen.strokeStyle = colours["--accent"];
  rectangles(
    pen,
    marks.filter(({ id }) => selected.has(id)),
    2,
  );
  pen.stroke();
}

function rectangles(pen: Pen, marks: readonly Mark[], more: number): void {
  pen.beginPath();
  for (const { x, y, width, height } of marks) pen.rect(x - more, y - more, width + 2 * more, height + 2 * more);
}

const NAME_PX = 11;
const CHARACTER = 0.56; // of the height of a letter, on the average of the fonts that a system has
const LEAST = 5; // characters: less says nothing
const WARN = 2;

/** How many characters of a name fit beside a state: the box and half of the gap to the next. Fewer than five are none. */
export function charactersThatFit(width: number, zoom: number): number {
  const fit = Math.floor((width + GAP_X * zoom * 0.8 - 2 * stateSize(zoom) - 6) / (NAME_PX * CHARACTER));
  return fit < LEAST ? 0 : fit;
}

export const fitted = (name: string, most: number): string =>
  name.length <= most ? name : `${name.slice(0, Math.max(1, most - 1))}…`;

/** Names at a size that can be read at any zoom, cut to what fits; where nothing does, of what needs somebody, whatever it covers. */
export function drawNames(pen: Pen, marks: readonly Mark[], stateOf: States, zoom: number, colours: Colours): void {
  pen.font = `${NAME_PX}px system-ui, sans-serif`;
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = colours["--surface"];
  pen.fillStyle = colours["--text"];
  for (const { id, name, x, y, width, height } of marks) {
    const state = stateOf(id);
    const urgent = state >= WARN && state !== UNKNOWN;
    const most = charactersThatFit(width, zoom) || (urgent ? 16 : 0);
    if (!most) continue;
    const [left, middle] = [x + 2 * stateSize(zoom) + 6, y + height / 2];
    pen.strokeText(fitted(name, most), left, middle);
    pen.fillText(fitted(name, most), left, middle);
  }
}

const stateSize = (zoom: number) => Math.min(6, Math.max(2.5, 20 * zoom));

/** A state has its own shape as well as its colour: ○ off, ● ok, ▲ warn, ◆ error, □ unknown. */
export function drawStates(pen: Pen, marks: readonly Mark[], stateOf: States, zoom: number, colours: Colours): void {
  const size = stateSize(zoom);
  pen.lineWidth = Math.max(1, 3 * zoom);
  STATES.forEach((name, state) => {
    pen.fillStyle = pen.strokeStyle = colours[name];
    pen.beginPath();
    for (const { id, x, y, height } of marks)
      if (stateOf(id) === state) shape(pen, state, x + size + 3, y + height / 2, size);
    if (state === 0 || state === UNKNOWN) pen.stroke();
    else pen.fill();
  });
}

function shape(pen: Pen, state: number, x: number, y: number, size: number): void {
  if (state === UNKNOWN) {
    pen.rect(x - size, y - size, 2 * size, 2 * size);
    return;
  }
  if (state < 2) {
    pen.moveTo(x + size, y);
    pen.arc(x, y, size, 0, 7);
  } else {
    pen.moveTo(x, y - size);
    pen.lineTo(x + size, state === 2 ? y + size : y);
    if (state === 3) pen.lineTo(x, y + size);
    pen.lineTo(x - size, state === 2 ? y + size : y);
    pen.closePath();
  }
}
