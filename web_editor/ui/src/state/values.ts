// Live values of the RTDB for one screen, by filter. A few are shown as they come, many four times a second.
import { useEffect, useState } from "react";
import { live } from "../api/live";
import type { Filter, Value } from "../api/types";
import { NUMBERS_EVERY_MS } from "./status";

/** So many rows cost nothing to draw at every tick. */
const FEW = 100;

export type Values = { rows: ReadonlyMap<string, Value>; total: number; ready: boolean };

/** The values that fit the filter, by key; a new map each time something changed. */
export function useValues(filter: Filter): Values {
  const [values, setValues] = useState<Values>({ rows: new Map(), total: 0, ready: false });
  const key = JSON.stringify(filter);
  useEffect(() => {
    const rows = new Map<string, Value>();
    let [total, changed] = [0, false];
    const publish = () => {
      changed = false;
      setValues({ rows: new Map(rows), total, ready: true });
    };
    const stop = live.subscribe("values", JSON.parse(key) as Filter, {
      snapshot: (data) => {
        rows.clear();
        for (const value of data.values ?? []) rows.set(value.key, value);
        total = data.total ?? rows.size;
        publish();
      },
      delta: (data) => {
        for (const value of data.values ?? []) rows.set(value.key, value);
        for (const gone of data.removed ?? []) rows.delete(gone);
        total = data.total ?? Math.max(total, rows.size);
        if (rows.size <= FEW) publish();
        else changed = true;
      },
    });
    const timer = setInterval(() => changed && publish(), NUMBERS_EVERY_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [key]);
  return values;
}
