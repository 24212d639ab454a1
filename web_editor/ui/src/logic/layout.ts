// Where nodes stand: left to right in layers, except those a person has moved. Pure; sizes in canvas pixels.
import type { Graph } from "../api/types";
import { placed } from "./placing";

export const NODE_WIDTH = 176;
export const NODE_HEIGHT = 64;
const PORT_STEP = 18;

export type Place = { x: number; y: number };
export type Size = { width: number; height: number };

export const nodeHeight = (ports: number) => Math.max(NODE_HEIGHT, 20 + ports * PORT_STEP);
export const portCount = (node: { ports: string[]; error_port: boolean }) =>
  node.ports.length + (node.error_port ? 1 : 0);

/** Every output that a wire may leave, the error port last. */
export const portsOf = (node: { ports: string[]; error_port: boolean }) =>
  node.error_port ? [...node.ports, "error"] : node.ports;
export const portTop = (index: number, count: number, height: number) => (height * (index + 1)) / (count + 1);

/** The top left corner of every node; the same graph always gives the same places. */
export function layout(graph: Pick<Graph, "nodes" | "wires">, sizes?: ReadonlyMap<string, Size>): Map<string, Place> {
  const places = automatic(graph, sizes);
  for (const node of graph.nodes) if (node.position) places.set(node.id, node.position);
  return places;
}

function automatic(
  { nodes, wires }: Pick<Graph, "nodes" | "wires">,
  sizes?: ReadonlyMap<string, Size>,
): Map<string, Place> {
  const index = new Map(nodes.map(({ id }, i) => [id, i]));
  const boxes = nodes.map((node) => sizes?.get(node.id) ?? { width: NODE_WIDTH, height: nodeHeight(portCount(node)) });
  const pairs = wires.flatMap(({ from, to }) =>
    index.has(from) && index.has(to) ? [[index.get(from)!, index.get(to)!] as const] : [],
  );
  const spots = placed(boxes, pairs);
  return new Map(nodes.map(({ id }, i) => [id, spots[i]!]));
}

export type Direction = "left" | "right" | "up" | "down";

/** The node an arrow key goes to: the nearest in that direction, straight ahead before aside; null at the edge. */
export function neighbour(places: ReadonlyMap<string, Place>, from: string, direction: Direction): string | null {
  const start = places.get(from);
  if (!start) return null;
  let best: string | null = null;
  let least = Infinity;
  for (const [id, place] of places) {
    if (id === from) continue;
    const [ahead, aside] = towards(start, place, direction);
    if (ahead <= 0) continue;
    const cost = ahead + 2 * Math.abs(aside);
    if (cost < least) [best, least] = [id, cost];
  }
  return best;
}

function towards(a: Place, b: Place, direction: Direction): [ahead: number, aside: number] {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  if (direction === "right") return [dx, dy];
  if (direction === "left") return [-dx, dy];
  return direction === "down" ? [dy, dx] : [-dy, dx];
}

/** A free spot right of a node (or of everything), for what is added without a pointer. */
export function freeSpot(places: ReadonlyMap<string, Place>, after: string | null): Place {
  const start = after === null ? undefined : places.get(after);
  const all = [...places.values()];
  const spot = start
    ? { x: start.x + NODE_WIDTH + 84, y: start.y }
    : { x: 24, y: all.length ? Math.max(...all.map(({ y }) => y)) + NODE_HEIGHT + 28 : 24 };
  const taken = () =>
    all.some(({ x, y }) => Math.abs(x - spot.x) < NODE_WIDTH && Math.abs(y - spot.y) < NODE_HEIGHT + 8);
  while (taken()) spot.y += NODE_HEIGHT + 28;
  return spot;
}
