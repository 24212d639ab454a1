// Frames around the nodes of one area, and where a node that was put on another one goes instead. Pure.
import { NODE_HEIGHT, NODE_WIDTH, type Place } from "../logic/layout";
import type { Box, CanvasNode } from "./elements";

export type Area = Box & { name: string };

const PAD = 16;
const HEAD = 24;
const GAP = 10;

/** The frame of each area, in the order of their names. */
export function areasOf(nodes: readonly CanvasNode[]): Area[] {
  const boxes = new Map<string, [left: number, top: number, right: number, bottom: number]>();
  for (const { data, position, parentId, width = NODE_WIDTH, height = NODE_HEIGHT } of nodes) {
    const name = data.node.config["area"];
    if (parentId !== undefined || typeof name !== "string" || name === "") continue;
    const [left, top, right, bottom] = boxes.get(name) ?? [Infinity, Infinity, -Infinity, -Infinity];
    boxes.set(name, [
      Math.min(left, position.x),
      Math.min(top, position.y),
      Math.max(right, position.x + width),
      Math.max(bottom, position.y + height),
    ]);
  }
  return [...boxes]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, [left, top, right, bottom]]) => ({
      name,
      x: left - PAD,
      y: top - PAD - HEAD,
      width: right - left + 2 * PAD,
      height: bottom - top + 2 * PAD + HEAD,
    }));
}

/** Where nodes that were moved come to rest: on the first free spot below, where another node is in the way. */
export function apart(places: ReadonlyMap<string, Place>, moved: ReadonlyMap<string, Place>): Map<string, Place> {
  const still = [...places].filter(([id]) => !moved.has(id)).map(([, place]) => place);
  const hits = (at: Place) =>
    still.find(({ x, y }) => Math.abs(x - at.x) < NODE_WIDTH && Math.abs(y - at.y) < NODE_HEIGHT);
  let down = 0;
  for (let tries = 0; tries < still.length; tries++) {
    const hit = [...moved.values()]
      .map(({ x, y }) => [y, hits({ x, y: y + down })] as const)
      .find(([, other]) => other);
    if (!hit) break;
    down = hit[1]!.y + NODE_HEIGHT + GAP - hit[0];
  }
  return new Map([...moved].map(([id, { x, y }]) => [id, { x, y: y + down }]));
}
