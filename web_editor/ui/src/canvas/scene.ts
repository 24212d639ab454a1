// A flow as plain boxes and lines in canvas pixels, for what draws or searches it without the page's elements. Pure.
import type { Category } from "../api/types";
import type { Box, CanvasEdge, CanvasNode } from "./elements";

export type Mark = Box & { id: string; name: string; kind: Category };
export type Line = { x1: number; y1: number; x2: number; y2: number; source: string; target: string; faint: boolean };
export type Scene = { marks: readonly Mark[]; lines: readonly Line[]; bounds: Box };

/** Every node and wire at its place; nodes inside a frame where the frame has them. */
export function sceneOf(nodes: readonly CanvasNode[], edges: readonly CanvasEdge[]): Scene {
  const marks = new Map<string, Mark>();
  for (const { id, position, parentId, width = 0, height = 0, data } of nodes) {
    const frame = parentId === undefined ? undefined : marks.get(parentId);
    marks.set(id, {
      id,
      name: data.node.title ?? data.node.id.slice(data.node.id.lastIndexOf("/") + 1),
      x: position.x + (frame?.x ?? 0),
      y: position.y + (frame?.y ?? 0),
      width,
      height,
      kind: data.node.category,
    });
  }
  const lines = edges.flatMap(({ source, target, data }) => {
    const [from, to] = [marks.get(source), marks.get(target)];
    return from && to
      ? [
          {
            x1: from.x + from.width,
            y1: from.y + from.height / 2,
            x2: to.x,
            y2: to.y + to.height / 2,
            source,
            target,
            faint: data?.error ?? false,
          },
        ]
      : [];
  });
  const all = [...marks.values()];
  return { marks: all, lines, bounds: boundsOf(all) };
}

export function boundsOf(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [least(boxes.map((box) => box.x)), least(boxes.map((box) => box.y))];
  return {
    x,
    y,
    width: -least(boxes.map((box) => -box.x - box.width)) - x,
    height: -least(boxes.map((box) => -box.y - box.height)) - y,
  };
}

const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);

export const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The box at a point, or the nearest one within reach of it; the innermost where they lie in each other. */
export function markAt(marks: readonly Mark[], x: number, y: number, reach: number): Mark | null {
  const touches = (mark: Mark, more: number) =>
    overlap(mark, { x: x - more, y: y - more, width: 2 * more, height: 2 * more });
  return marks.findLast((mark) => touches(mark, 1e-3)) ?? marks.find((mark) => touches(mark, reach)) ?? null;
}

/** The nodes that a rectangle shows, and those at the ends of wires that pass through it. */
export function shownIn({ marks, lines }: Scene, area: Box): Set<string> {
  const shown = new Set(marks.filter((mark) => overlap(mark, area)).map(({ id }) => id));
  for (const { x1, y1, x2, y2, source, target } of lines)
    if (
      overlap(
        { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1) + 1, height: Math.abs(y2 - y1) + 1 },
        area,
      )
    )
      shown.add(source).add(target);
  return shown;
}

const TILE = 320;

/** What is seen through the view, rounded up to whole tiles: it changes only now and then while the canvas moves. */
export function tilesOf([x, y, zoom]: readonly [number, number, number], width: number, height: number): Box {
  const [left, top] = [Math.floor(-x / zoom / TILE), Math.floor(-y / zoom / TILE)];
  const [right, bottom] = [Math.ceil((width - x) / zoom / TILE), Math.ceil((height - y) / zoom / TILE)];
  return { x: left * TILE, y: top * TILE, width: (right - left) * TILE, height: (bottom - top) * TILE };
}
