// Nodes brought into line. Pure; canvas pixels.
type Item = { id: string; x: number; y: number };

/** The items at one edge (`left`, `top`), or with equal steps between the outermost two (`row`, `column`). */
export function aligned(items: readonly Item[], side: "left" | "top" | "row" | "column"): Item[] {
  if (side === "left") return items.map((item) => ({ ...item, x: Math.min(...items.map(({ x }) => x)) }));
  if (side === "top") return items.map((item) => ({ ...item, y: Math.min(...items.map(({ y }) => y)) }));
  const axis = side === "row" ? "x" : "y";
  const sorted = [...items].sort((a, b) => a[axis] - b[axis]);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last) return [];
  const step = (last[axis] - first[axis]) / Math.max(1, sorted.length - 1);
  return sorted.map((item, i) => ({ ...item, [axis]: first[axis] + i * step }));
}
