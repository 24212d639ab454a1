// Finding by typing: how well a text fits what was typed. Pure.

/** Higher fits better; 0: not at all. Every typed word must occur; starts of words and short texts win. */
export function score(text: string, typed: string): number {
  const low = text.toLowerCase();
  let total = 1;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = low.indexOf(word);
    if (at < 0) return 0;
    const starts = at === 0 || /[^a-z0-9]/.test(low[at - 1]!);
    total += (starts ? 20 : 8) + (at === 0 ? 12 : 0) + (low === word ? 40 : 0);
  }
  return total + 10 / (1 + low.length);
}

/** The items that fit, best first; all of them, as given, when nothing is typed. */
export function best<T>(items: readonly T[], typed: string, textOf: (item: T) => string, most = 50): T[] {
  if (!typed.trim()) return items.slice(0, most);
  return items
    .map((item) => ({ item, fit: score(textOf(item), typed) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .slice(0, most)
    .map(({ item }) => item);
}

export type Piece = { text: string; hit: boolean };

/** A text in pieces: those that a typed word names, and what lies between them. */
export function pieces(text: string, typed: string): Piece[] {
  const words = typed.split(/\s+/).filter(Boolean);
  if (words.length === 0) return [{ text, hit: false }];
  const any = words.sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text
    .split(new RegExp(`(${any.join("|")})`, "i"))
    .map((piece, i) => ({ text: piece, hit: i % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** The first line of a text with a typed word that `above`, what is shown anyway, does not have; none: null. */
export function lineWith(text: string, typed: string, above: string): string | null {
  const shown = above.toLowerCase();
  const missed = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word && !shown.includes(word));
  if (missed.length === 0) return null;
  return text.split("\n").find((line) => missed.some((word) => line.toLowerCase().includes(word))) ?? null;
}

/** `wanted`, or the first of wanted_2, wanted_3… that is not taken. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/, "");
  let number = 2;
  while (taken.has(`${stem}_${number}`)) number++;
  return `${stem}_${number}`;
}
