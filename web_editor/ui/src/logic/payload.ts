// A tapped payload as people read it: a short line, a tree, or hex. Pure; what it returns is text, never markup.
import type { Json, TapMessage } from "../api/types";
import { digitsOf } from "./digits";

/** One line of at most `most` characters. */
export function summary(payload: Json, most = 160): string {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const line = visible(text);
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** Control characters made visible (NUL as ␀): a payload must not be able to hide or move anything on screen. */
export function visible(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: to make them visible is what this is for
      .replace(/[\u0000-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
      .replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "␦")
  );
}

export function bytesOf({ encoding, payload }: Pick<TapMessage, "encoding" | "payload">): Uint8Array {
  if (encoding === "base64" && typeof payload === "string") {
    try {
      return Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    } catch {
      return new TextEncoder().encode(payload);
    }
  }
  return new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload));
}

export type HexRow = { offset: string; hex: string; text: string };

/** Sixteen bytes a row, at most `most` rows. */
export function hexRows(bytes: Uint8Array, most = 256): HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length && rows.length < most; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    rows.push({
      offset: at.toString(16).padStart(6, "0"),
      hex: part.map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
      text: part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join(""),
    });
  }
  return rows;
}

/** How an expression writes what is inside: `payload.a`, `payload.list[0]`, `payload["odd name"]`. */
export const pathInto = (path: string, key: string | number): string =>
  typeof key === "string" && /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;

export type Branch = { key: string; value: Json; path: string; leaf: boolean; size: number };

/** Whether nothing is inside. */
export const isLeaf = (value: Json): boolean => typeof value !== "object" || value === null || digitsOf(value) !== null;

/** The direct children of a map or list, at most `most`. */
export function children(value: Json, path: string, most = 500): Branch[] {
  if (isLeaf(value)) return [];
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((item, i) => [String(i), item])
    : Object.entries(value as Record<string, Json>);
  return entries.slice(0, most).map(([key, item]) => {
    const leaf = isLeaf(item);
    return {
      key,
      value: item,
      path: pathInto(path, Array.isArray(value) ? Number(key) : key),
      leaf,
      size: leaf ? 0 : Object.keys(item as object).length,
    };
  });
}
