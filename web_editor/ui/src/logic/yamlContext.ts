// Where in a flow file a cursor stands: the keys above it, and whether a key or a value is being typed. Pure.
// It looks at indentation only, because the text under a cursor is seldom whole YAML.
export type YamlContext = { path: string[]; key: string | null; from: number; typed: string };

const KEY = /^(\s*)((?:- +)*)(["']?)([^\s:#"'{}[\],][^:#"'{}[\],]*)\3:(?:\s|$)/;

/** `path` are the keys around; `key` the one whose value is typed (null: a key is typed); `from` where the typed word starts. */
export function contextAt(text: string, position: number): YamlContext {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const before = text.slice(lineStart, position);
  const indent = /^ */.exec(before)![0].length;
  const path = keysAbove(text.slice(0, lineStart), indent);
  const open = before.lastIndexOf("{");
  if (open >= 0 && before.lastIndexOf("}") < open) return insideBraces(before, open, path, position);
  const own = KEY.exec(before);
  if (!own) return bare(before, path, position);
  const value = before.slice(own[0].length);
  return { path, key: own[4]!, ...word(lastItem(value), position) };
}

function keysAbove(text: string, indent: number): string[] {
  const path: string[] = [];
  let limit = indent;
  for (const line of text.split("\n").reverse()) {
    if (limit === 0) break;
    const match = KEY.exec(line);
    if (!match || match[1]!.length >= limit) continue;
    limit = match[1]!.length;
    path.unshift(match[4]!);
  }
  return path;
}

function insideBraces(before: string, open: number, path: string[], position: number): YamlContext {
  const outer = KEY.exec(before.slice(0, open));
  const inner = outer ? [...path, outer[4]!] : path;
  const segment = before.slice(Math.max(open, lastComma(before, open)) + 1);
  const pair = /^\s*([\w-]+):\s*(.*)$/.exec(segment);
  return pair
    ? { path: inner, key: pair[1]!, ...word(lastItem(pair[2]!), position) }
    : { path: inner, key: null, ...word(segment, position) };
}

/** The last comma that separates keys: not one inside a list. */
function lastComma(before: string, open: number): number {
  let [depth, at] = [0, open];
  for (let i = open; i < before.length; i++) {
    if (before[i] === "[") depth++;
    else if (before[i] === "]") depth--;
    else if (before[i] === "," && depth === 0) at = i;
  }
  return at;
}

function bare(before: string, path: string[], position: number): YamlContext {
  const item = /^\s*- +(.*)$/.exec(before) ?? /^\s*-()$/.exec(before);
  if (item) return { path: path.slice(0, -1), key: path.at(-1) ?? null, ...word(item[1]!, position) };
  return { path, key: null, ...word(before, position) };
}

const lastItem = (value: string) =>
  value.slice(Math.max(value.lastIndexOf("["), value.startsWith("[") ? value.lastIndexOf(",") : -1) + 1);

function word(text: string, position: number): { from: number; typed: string } {
  const typed = text.trimStart();
  return { from: position - typed.length, typed };
}
