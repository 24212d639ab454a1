// A value, large, and how fresh it is.
import type { Value } from "../api/types";
import { t } from "../i18n";
import { inWords, unitOf } from "../logic/values";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { useAway } from "../state/away";

export function Reading({
  value,
  unit,
  digits,
  words = {},
}: {
  value: Value | undefined;
  unit: string | null;
  digits: number | null;
  words?: Readonly<Record<string, string>>;
}) {
  return (
    <>
      <div className="reading">
        {value ? inWords(value.value, words, digits) : "–"}{" "}
        <small>{unitOf(unit ?? value?.unit, value?.value ?? null, words)}</small>
      </div>
      <Freshness value={value} />
    </>
  );
}

export function Freshness({ value }: { value: Value | undefined }) {
  const away = useAway();
  if (!value) return <p className="muted small">{t("values.noValue")}</p>;
  if (value.stale || away)
    return (
      <p className="small">
        <LiveMark state={2} text={t("stale")} />{" "}
        <span className="muted">
          · <Age at_ms={value.at_ms} />
        </span>
      </p>
    );
  if (value.quality !== "good")
    return (
      <p className="small">
        <LiveMark state={value.quality === "bad" ? 3 : 2} text={t(`quality.${value.quality}`)} />
      </p>
    );
  return (
    <p className="muted small">
      <Age at_ms={value.at_ms} />
    </p>
  );
}
