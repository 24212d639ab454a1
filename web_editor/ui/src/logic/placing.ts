// From layers to coordinates: wires as level as room allows, parts of a graph below and beside each other. Pure; pixels.
import { layered, mean } from "./layers";

export type Box = { width: number; height: number };
export type Spot = { x: number; y: number };
type Part = { spots: Map<number, Spot>; width: number; height: number };

export const GAP_X = 68;
const GAP_Y = 28;
const STEP_HEIGHT = 8; // of a long wire that passes a layer
const MARGIN = 24;
const SWEEPS = 10;
const WIDE = 1.6; // width by height of what is shown at once
// A few parts read best from top to bottom; a wall of them is seen whole only when it is as wide as the screen.
const MANY_PX = 2400;

/** The top left corner of each box; wires go by the boxes' numbers. */
export function placed(boxes: readonly Box[], wires: readonly (readonly [number, number])[]): Spot[] {
  const spots = new Array<Spot>(boxes.length);
  for (const { part, x, y } of columns(partsOf(boxes, wires)))
    for (const [box, spot] of part.spots)
      spots[box] = { x: Math.round(MARGIN + x + spot.x), y: Math.round(MARGIN + y + spot.y) };
  return spots;
}

/** Each connected part of the graph by itself, in the order of their first boxes. */
function partsOf(boxes: readonly Box[], wires: readonly (readonly [number, number])[]): Part[] {
  const root = boxes.map((_, i) => i);
  const find = (i: number): number => {
    while (root[i] !== i) i = root[i] = root[root[i]!]!;
    return i;
  };
  for (const [from, to] of wires) root[Math.max(find(from), find(to))] = Math.min(find(from), find(to));
  const members = grouped([...boxes.keys()], find);
  const inside = grouped(wires, ([from]) => find(from));
  return [...members].map(([first, own]) => {
    const local = new Map(own.map((box, i) => [box, i]));
    const { spots, ...size } = partOf(
      own.map((box) => boxes[box]!),
      (inside.get(first) ?? []).map(([from, to]) => [local.get(from)!, local.get(to)!]),
    );
    return { ...size, spots: new Map(own.map((box, i) => [box, spots.get(i)!])) };
  });
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function partOf(boxes: readonly Box[], wires: readonly (readonly [number, number])[]): Part {
  const { layers, before, after } = layered(boxes.length, wires);
  const height = (node: number) => boxes[node]?.height ?? STEP_HEIGHT;
  const middles = levelled(layers, before, after, height);
  const top = Math.min(...boxes.map((box, node) => middles[node]! - box.height / 2));
  const spots = new Map<number, Spot>();
  let x = 0;
  for (const layer of layers) {
    const width = Math.max(...layer.map((node) => boxes[node]?.width ?? 0));
    for (const node of layer) {
      const box = boxes[node];
      if (box) spots.set(node, { x: x + (width - box.width) / 2, y: middles[node]! - box.height / 2 - top });
    }
    x += width + GAP_X;
  }
  return { spots, width: x - GAP_X, height: Math.max(...boxes.map((box, node) => spots.get(node)!.y + box.height)) };
}

/** The middle of each node: near the middle of what it is wired to, to the left and to the right in turns. */
function levelled(
  layers: readonly number[][],
  before: readonly number[][],
  after: readonly number[][],
  height: (node: number) => number,
): number[] {
  const middles: number[] = [];
  for (const layer of layers)
    settle(
      layer,
      layer.map(() => 0),
      layer.map(() => 1),
      height,
      middles,
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const last = sweep === SWEEPS - 1;
    for (const layer of sweep % 2 ? layers.toReversed() : layers) {
      const near = (node: number) => (last ? [...before[node]!, ...after[node]!] : (sweep % 2 ? after : before)[node]!);
      const wanted = layer.map((node) =>
        mean(
          near(node).map((other) => middles[other]!),
          middles[node]!,
        ),
      );
      settle(
        layer,
        wanted,
        layer.map((node) => (near(node).length ? 1 : 0.1)),
        height,
        middles,
      );
    }
  }
  return middles;
}

/** Puts a layer where it is wanted, as nearly as its order and the gaps allow (least squares, by pooling neighbours). */
function settle(
  layer: readonly number[],
  wanted: readonly number[],
  weights: readonly number[],
  height: (node: number) => number,
  middles: number[],
): void {
  const offsets: number[] = [];
  layer.forEach((node, i) =>
    offsets.push(i === 0 ? 0 : offsets[i - 1]! + (height(layer[i - 1]!) + height(node)) / 2 + GAP_Y),
  );
  const pools: { sum: number; weight: number; count: number }[] = [];
  wanted.forEach((value, i) => {
    let pool = { sum: (value - offsets[i]!) * weights[i]!, weight: weights[i]!, count: 1 };
    for (let above = pools.at(-1); above && above.sum / above.weight > pool.sum / pool.weight; above = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + above.sum, weight: pool.weight + above.weight, count: pool.count + above.count };
    }
    pools.push(pool);
  });
  let at = 0;
  for (const { sum, weight, count } of pools)
    for (let i = 0; i < count; i++, at++) middles[layer[at]!] = sum / weight + offsets[at]!;
}

/** The parts below each other, and in several columns when that is too high to be seen. */
function columns(parts: readonly Part[]): { part: Part; x: number; y: number }[] {
  const total = parts.reduce((sum, { height }) => sum + height + GAP_Y, 0);
  const widest = Math.max(0, ...parts.map(({ width }) => width));
  const count = total > MANY_PX ? Math.max(1, Math.round(Math.sqrt((total * WIDE) / (widest + GAP_X)))) : 1;
  let [x, y, width] = [0, 0, 0];
  return parts.map((part) => {
    if (y > 0 && y + part.height / 2 > total / count) [x, y, width] = [x + width + GAP_X, 0, 0];
    const spot = { part, x, y };
    y += part.height + GAP_Y;
    width = Math.max(width, part.width);
    return spot;
  });
}
