// Curves of values that the reader picks, side by side on one axis.
import { lazy, Suspense, useMemo, useState } from "react";
import { t } from "../i18n";
import { best } from "../logic/find";
import { Icon } from "../parts/Icon";
import { SavedSets } from "../parts/SavedSets";
import { joined, parted, useAddress } from "../state/address";
import { prefer, preferences } from "../state/preferences";
import { useStore } from "../state/store";
import { useValues } from "../state/values";

const TrendView = lazy(() => import("./TrendView"));
const MOST = 6;

/** Sets of points that this browser keeps under a name. */
function Sets({ keys, onKeys }: { keys: readonly string[]; onKeys: (keys: readonly string[]) => void }) {
  const sets = useStore(preferences, (state) => state.trendSets);
  return (
    <SavedSets
      label={t("trend.sets")}
      keep={t("trend.keep")}
      forget={t("trend.forget")}
      sets={Object.fromEntries(Object.entries(sets).map(([name, each]) => [name, joined(each)]))}
      value={joined(keys)}
      onChoose={(value) => onKeys(parted(value))}
      onSets={(next) =>
        prefer({ trendSets: Object.fromEntries(Object.entries(next).map(([name, each]) => [name, parted(each)])) })
      }
    />
  );
}

export default function Trends({ flow }: { flow?: string }) {
  const [shown, setShown] = useAddress("keys");
  const keys = useMemo(() => parted(shown).slice(0, MOST), [shown]);
  const hasSets = useStore(preferences, (state) => Object.keys(state.trendSets).length > 0);
  const setKeys = (next: readonly string[]) => setShown(joined(next));
  const [typed, setTyped] = useState("");
  const { rows } = useValues(flow ? { flow } : {});
  const numeric = useMemo(
    () =>
      [...rows.values()]
        .filter((value) => typeof value.value === "number")
        .map((value) => value.key)
        .sort(),
    [rows],
  );
  const add = (key: string) => {
    if (numeric.includes(key) && !keys.includes(key)) {
      setKeys([...keys, key].slice(-MOST));
      setTyped("");
    }
  };
  return (
    <div className="pane" data-panel="trends">
      <form
        className="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim()) add(best(numeric, typed, (key) => key, 1)[0] ?? "");
        }}
      >
        <input
          className="input"
          list="trend-keys"
          placeholder={t("trend.add")}
          aria-label={t("trend.add")}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            add(event.target.value);
          }}
        />
        <datalist id="trend-keys">
          {numeric.slice(0, 500).map((key) => (
            <option key={key} value={key} />
          ))}
        </datalist>
        {keys.map((key) => (
          <button
            key={key}
            type="button"
            className="button"
            aria-label={t("trend.remove", { key })}
            onClick={() => setKeys(keys.filter((item) => item !== key))}
          >
            {key} <Icon name="close" size={12} />
          </button>
        ))}
      </form>
      {(keys.length > 0 || hasSets) && (
        <div className="toolbar">
          <Sets keys={keys} onKeys={setKeys} />
        </div>
      )}
      <div className="pane-body trend-body">
        {keys.length === 0 ? (
          <p className="empty">{t("trend.none")}</p>
        ) : (
          <Suspense fallback={<p className="empty">{t("loading")}</p>}>
            <TrendView keys={keys} fill />
          </Suspense>
        )}
      </div>
    </div>
  );
}
