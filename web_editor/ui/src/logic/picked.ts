// Points that were picked from what a far side has, as rows of a node's `points`. Pure.
import type { FoundHere, Json } from "../api/types";
import { freeName } from "./find";
import { isMap } from "./operations";

/** The rows of `points` as they are; null where they are a table beside the flow, which only its file can change. */
export function rowsOf(points: Json | undefined): Json[] | null {
  if (points === undefined || points === null) return [];
  return Array.isArray(points) ? points : null;
}

export const addressesOf = (rows: readonly Json[]): Set<string> =>
  new Set(rows.flatMap((row) => (isMap(row) && typeof row.address === "string" ? [row.address] : [])));

/** Those rows and one for each of the picked points, by names that nobody else has. */
export function withPicked(rows: readonly Json[], picked: readonly FoundHere[]): Json[] {
  const names = new Set(rows.flatMap((row) => (isMap(row) && typeof row.name === "string" ? [row.name] : [])));
  const known = addressesOf(rows);
  const added = picked
    .filter(({ address }) => !known.has(address))
    .map(({ address, name }) => {
      const free = freeName(name, names);
      names.add(free);
      return { name: free, address };
    });
  return [...rows, ...added];
}
