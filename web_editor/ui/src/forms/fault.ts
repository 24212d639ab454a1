// What a field's fault is called in the reader's language.
import { number, t } from "../i18n";
import type { Fault } from "./fieldValue";

export function faultText(fault: Fault): string {
  switch (fault.fault) {
    case "range":
      return rangeText(fault.low, fault.high);
    case "length":
      return t("fault.length", { low: fault.low, high: fault.high === null ? "∞" : fault.high });
    case "pattern":
      return t("fault.pattern", { pattern: fault.pattern });
    default:
      return t(`fault.${fault.fault}`);
  }
}

export function rangeText(low: number | null, high: number | null): string {
  if (low === null) return t("fault.most", { high: number(high ?? 0) });
  return high === null
    ? t("fault.least", { low: number(low) })
    : t("fault.range", { low: number(low), high: number(high) });
}
