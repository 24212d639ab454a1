// The value of a point on one line.
import type { Json } from "../api/types";
import { number } from "../i18n";
import { visible } from "../logic/payload";

export function pointText(value: Json): string {
  if (typeof value === "number") return number(value, 6);
  return visible(typeof value === "string" ? value : JSON.stringify(value)).slice(0, 200);
}
