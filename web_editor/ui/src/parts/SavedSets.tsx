// Choices that a browser keeps under names: points of a chart, filters of a list. Knows nothing of what they mean.
import { useState } from "react";
import { t } from "../i18n";
import { FormDialog } from "./FormDialog";

type Props = {
  label: string; // what is chosen: "Saved sets"
  keep: string; // what the button says that keeps the present one
  forget: string;
  sets: Readonly<Record<string, string>>;
  value: string; // the present choice, as sets hold it; empty for none
  onChoose: (value: string) => void;
  onSets: (sets: Readonly<Record<string, string>>) => void;
};

export function SavedSets({ label, keep, forget, sets, value, onChoose, onSets }: Props) {
  const [asked, setAsked] = useState(false);
  const [name, setName] = useState("");
  const chosen = Object.keys(sets).find((each) => sets[each] === value) ?? "";
  return (
    <>
      {Object.keys(sets).length > 0 && (
        <select
          className="input"
          aria-label={label}
          value={chosen}
          onChange={(event) => onChoose(sets[event.target.value] ?? value)}
        >
          <option value="">{label}…</option>
          {Object.keys(sets).map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      )}
      {chosen ? (
        <button
          type="button"
          className="button"
          onClick={() => onSets(Object.fromEntries(Object.entries(sets).filter(([each]) => each !== chosen)))}
        >
          {forget}
        </button>
      ) : (
        value && (
          <button type="button" className="button" onClick={() => setAsked(true)}>
            {keep}
          </button>
        )
      )}
      {asked && (
        <FormDialog
          title={keep}
          action={t("trend.keepIt")}
          ready={name.trim() !== ""}
          onClose={() => setAsked(false)}
          onSubmit={() => {
            onSets({ ...sets, [name.trim()]: value });
            setAsked(false);
            setName("");
          }}
        >
          <div className="field">
            <label htmlFor="set-name">{t("name")}</label>
            <input
              id="set-name"
              data-first
              className="input"
              value={name}
              maxLength={60}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          </div>
        </FormDialog>
      )}
    </>
  );
}
