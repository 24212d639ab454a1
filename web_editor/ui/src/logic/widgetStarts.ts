// What a new widget of a page begins with.
import type { Json } from "../api/types";

/** What a new widget needs to be one, until somebody says better. */
export const STARTS: Record<string, Record<string, Json>> = {
  value: { key: "" },
  gauge: { key: "" },
  trend: { keys: [""] },
  table: { keys: "**" },
  text: { text: "…" },
  switch: { key: "", to: "" },
  setpoint: { key: "", point: "", min: 0, max: 100, to: "" },
  button: { to: "" },
  form: { fields: {}, to: "" },
  image: { source: "/favicon.svg" },
  link: { to: "/alarms" },
  state: { key: "", states: { true: { text: "on" }, false: { text: "off", level: "off" } } },
};
