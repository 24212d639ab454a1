// A graph in layers, after Sugiyama: rings opened, a layer for each node, long wires cut into steps, few crossings. Pure.
// Nodes are numbers 0..count-1; those added for long wires come after them.

export type Layered = {
  layers: number[][]; // top to bottom
  before: number[][]; // neighbours one layer to the left, by node
  after: number[][];
};

type Wires = readonly (readonly [from: number, to: number])[];
const SWEEPS = 8;

export function layered(count: number, wires: Wires): Layered {
  const acyclic = withoutRings(count, wires);
  const rank = ranked(count, acyclic);
  const { layers, before, after } = stepped(count, acyclic, rank);
  return { layers: untangled(layers, before, after), before, after };
}

function neighbours(count: number, wires: Wires): { before: number[][]; after: number[][] } {
  const before = Array.from({ length: count }, (): number[] => []);
  const after = Array.from({ length: count }, (): number[] => []);
  for (const [from, to] of wires) {
    after[from]!.push(to);
    before[to]!.push(from);
  }
  return { before, after };
}

/** The wires with those that close a ring turned round, each pair of nodes once. */
function withoutRings(count: number, wires: Wires): [number, number][] {
  const { before, after } = neighbours(count, wires);
  const entered = new Int32Array(count); // 0: not met, 1: on the way, 2: done
  const found = new Map<number, [number, number]>();
  const keep = (from: number, to: number) => found.set(from * count + to, [from, to]);
  const walk = (start: number) => {
    const stack: [node: number, next: number][] = [[start, 0]];
    entered[start] = 1;
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const [node] = top;
      const to = after[node]![top[1]++];
      if (to === undefined) entered[stack.pop()![0]] = 2;
      else if (entered[to] === 1) to !== node && keep(to, node);
      else {
        keep(node, to);
        if (entered[to] === 0) {
          stack.push([to, 0]);
          entered[to] = 1;
        }
      }
    }
  };
  for (let node = 0; node < count; node++) if (before[node]!.length === 0) walk(node);
  for (let node = 0; node < count; node++) if (entered[node] === 0) walk(node);
  return [...found.values()];
}

/** The layer of each node: the longest way from a source, then to the right where that makes wires shorter. */
function ranked(count: number, wires: Wires): number[] {
  const { before, after } = neighbours(count, wires);
  const rank = new Array<number>(count).fill(0);
  const open = before.map((list) => list.length);
  const sorted = [...open.keys()].filter((node) => open[node] === 0);
  for (let at = 0; at < sorted.length; at++) {
    const node = sorted[at]!;
    for (const to of after[node]!) {
      rank[to] = Math.max(rank[to]!, rank[node]! + 1);
      if (--open[to]! === 0) sorted.push(to);
    }
  }
  for (const node of sorted.reverse())
    if (before[node]!.length < after[node]!.length) rank[node] = Math.min(...after[node]!.map((to) => rank[to]!)) - 1;
  return rank;
}

/** Layers in which every wire leads to the next one. */
function stepped(count: number, wires: Wires, rank: readonly number[]): Layered {
  const steps: [number, number][] = [];
  const layerOf = [...rank];
  for (const [from, to] of wires) {
    let last = from;
    for (let layer = rank[from]! + 1; layer < rank[to]!; layer++) {
      steps.push([last, layerOf.length]);
      last = layerOf.length;
      layerOf.push(layer);
    }
    steps.push([last, to]);
  }
  const { before, after } = neighbours(layerOf.length, steps);
  const layers = Array.from({ length: Math.max(-1, ...layerOf) + 1 }, (): number[] => []);
  const met = new Set<number>();
  const visit = (start: number) => {
    for (const stack = [start]; stack.length; ) {
      const node = stack.pop()!;
      if (met.has(node)) continue;
      met.add(node);
      layers[layerOf[node]!]!.push(node);
      stack.push(...after[node]!.toReversed());
    }
  };
  for (let node = 0; node < count; node++) if (before[node]!.length === 0) visit(node);
  return { layers, before, after };
}

/** The layers in the order with the fewest crossings that sweeping to and fro finds. */
function untangled(layers: number[][], before: readonly number[][], after: readonly number[][]): number[][] {
  let [best, least] = [layers, crossings(layers, after)];
  let now = layers;
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    now = sweep % 2 ? swept(now.toReversed(), after).reverse() : swept(now, before);
    const count = crossings(now, after);
    if (count < least) [best, least] = [now, count];
  }
  return best;
}

/** Each layer sorted by the middle of what its nodes are wired to in the layer before it. */
function swept(layers: readonly number[][], towards: readonly number[][]): number[][] {
  const place = new Map<number, number>();
  return layers.map((layer) => {
    const middle = new Map(
      layer.map((node, i) => [
        node,
        mean(
          towards[node]!.map((other) => place.get(other)!),
          i,
        ),
      ]),
    );
    const sorted = layer.toSorted((a, b) => middle.get(a)! - middle.get(b)!);
    sorted.forEach((node, i) => place.set(node, i));
    return sorted;
  });
}

export const mean = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((sum, value) => sum + value, 0) / values.length;

function crossings(layers: readonly number[][], after: readonly number[][]): number {
  let count = 0;
  for (let i = 0; i + 1 < layers.length; i++) {
    const place = new Map(layers[i + 1]!.map((node, at) => [node, at]));
    count += inversions(layers[i]!.flatMap((node) => after[node]!.map((to) => place.get(to)!).sort((a, b) => a - b)));
  }
  return count;
}

/** How many pairs stand in the wrong order; by insertion into a sorted list, which layers are short enough for. */
function inversions(values: readonly number[]): number {
  const sorted: number[] = [];
  let count = 0;
  for (const value of values) {
    let at = sorted.length;
    while (at > 0 && sorted[at - 1]! > value) at--;
    count += sorted.length - at;
    sorted.splice(at, 0, value);
  }
  return count;
}
