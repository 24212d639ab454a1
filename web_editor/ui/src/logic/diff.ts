// Line by line difference of two texts (Myers 1986, "An O(ND) Difference Algorithm", greedy form). Pure.
export type DiffLine = { kind: "same" | "removed" | "added"; text: string; old: number | null; new: number | null };

// Beyond this many edits the exact answer is of no use to a reader, and its cost grows with the square.
const MAX_EDITS = 2000;

/** Every line of both texts in order; line numbers from 1. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [lines(before), lines(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const result: DiffLine[] = [];
  for (let i = 0; i < head; i++) result.push(same(a[i]!, i, i));
  result.push(...middle(a, b, head, a.length - tail, b.length - tail));
  for (let i = tail; i > 0; i--) result.push(same(a[a.length - i]!, a.length - i, b.length - i));
  return result;
}

const same = (text: string, i: number, j: number): DiffLine => ({ kind: "same", text, old: i + 1, new: j + 1 });
const removed = (text: string, i: number): DiffLine => ({ kind: "removed", text, old: i + 1, new: null });
const added = (text: string, j: number): DiffLine => ({ kind: "added", text, old: null, new: j + 1 });

function lines(text: string): string[] {
  const all = text.split(/\r?\n/);
  if (all.at(-1) === "") all.pop();
  return all;
}

function middle(a: string[], b: string[], from: number, aEnd: number, bEnd: number): DiffLine[] {
  const trace = search(a, b, from, aEnd, bEnd);
  if (!trace)
    return [
      ...a.slice(from, aEnd).map((text, i) => removed(text, from + i)),
      ...b.slice(from, bEnd).map((text, j) => added(text, from + j)),
    ];
  const result: DiffLine[] = [];
  let [x, y] = [aEnd - from, bEnd - from];
  for (let d = trace.length - 1; d >= 0; d--) {
    const v = trace[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
    const previous = down ? k + 1 : k - 1;
    const startX = d === 0 ? 0 : v.get(previous)!;
    const startY = d === 0 ? 0 : startX - previous;
    const [moveX, moveY] = d === 0 ? [0, 0] : down ? [startX, startY + 1] : [startX + 1, startY];
    while (x > moveX && y > moveY) result.push(same(a[from + --x]!, from + x, from + --y));
    if (d > 0) result.push(down ? added(b[from + startY]!, from + startY) : removed(a[from + startX]!, from + startX));
    [x, y] = [startX, startY];
  }
  return result.reverse();
}

/** The furthest x reached on each diagonal before each step; null when there are too many edits. */
function search(a: string[], b: string[], from: number, aEnd: number, bEnd: number): Map<number, number>[] | null {
  const [n, m] = [aEnd - from, bEnd - from];
  const v = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let d = 0; d <= Math.min(n + m, MAX_EDITS); d++) {
    trace.push(new Map(v));
    for (let k = -d; k <= d; k += 2) {
      let x =
        k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1)) ? (v.get(k + 1) ?? 0) : v.get(k - 1)! + 1;
      while (x < n && x - k < m && a[from + x] === b[from + x - k]) x++;
      v.set(k, x);
      if (x >= n && x - k >= m) return trace;
    }
  }
  return null;
}

export type Hunk = { skipped: number; lines: DiffLine[] };

/** Changed lines with `context` lines around; `skipped` counts the equal lines left out before each hunk. */
export function hunks(all: readonly DiffLine[], context = 3): Hunk[] {
  const keep = all.map(() => false);
  all.forEach((line, i) => {
    if (line.kind !== "same") keep.fill(true, Math.max(0, i - context), Math.min(all.length, i + context + 1));
  });
  const result: Hunk[] = [];
  let skipped = 0;
  all.forEach((line, i) => {
    if (!keep[i]) return void skipped++;
    if (i === 0 || !keep[i - 1]) {
      result.push({ skipped, lines: [] });
      skipped = 0;
    }
    result.at(-1)!.lines.push(line);
  });
  return result;
}

/** The one replaced stretch between two texts, so that a cursor outside it stays where it is. */
export function replacedStretch(before: string, after: string): { from: number; to: number; insert: string } | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { from: head, to: before.length - tail, insert: after.slice(head, after.length - tail) };
}

export type Piece = { text: string; changed: boolean };

/** Both lines in pieces, those that differ marked: word by word, where the lines have anything in common. */
export function diffWords(before: string, after: string): [Piece[], Piece[]] {
  const [a, b] = [words(before), words(after)];
  const both = middle(a, b, 0, a.length, b.length);
  const common = both.reduce((sum, { kind, text }) => sum + (kind === "same" ? text.trim().length : 0), 0);
  if (common * 3 < Math.min(before.trim().length, after.trim().length))
    return [[{ text: before, changed: false }], [{ text: after, changed: false }]];
  return [pieces(both, "removed"), pieces(both, "added")];
}

const words = (line: string) => line.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

function pieces(all: readonly DiffLine[], kind: "removed" | "added"): Piece[] {
  const result: Piece[] = [];
  for (const each of all) {
    if (each.kind !== "same" && each.kind !== kind) continue;
    const changed = each.kind === kind;
    const last = result.at(-1);
    if (last?.changed === changed) last.text += each.text;
    else result.push({ text: each.text, changed });
  }
  return result;
}

/** The line that each changed line stands against: the first removed with the first added of a block, and so on. */
export function counterparts(lines: readonly DiffLine[]): Map<DiffLine, DiffLine> {
  const found = new Map<DiffLine, DiffLine>();
  let [gone, come]: [DiffLine[], DiffLine[]] = [[], []];
  const pair = () => {
    for (let i = 0; i < Math.min(gone.length, come.length); i++) {
      found.set(gone[i]!, come[i]!);
      found.set(come[i]!, gone[i]!);
    }
    [gone, come] = [[], []];
  };
  for (const line of lines) {
    if (line.kind === "same") pair();
    else (line.kind === "removed" ? gone : come).push(line);
  }
  pair();
  return found;
}
