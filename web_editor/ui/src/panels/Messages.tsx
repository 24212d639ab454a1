// The tap: what is listened to, and what is left out. The rows themselves are in MessageList.
import { lazy, Suspense, useState } from "react";
import { number, t } from "../i18n";
import { Icon } from "../parts/Icon";
import { flowList } from "../state/feeds";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { clearTap, endTap, setPaused, startTap, taps } from "./tapStore";

const MessageList = lazy(() => import("./MessageList"));
const Pins = lazy(async () => ({ default: (await import("./MessageList")).Pins }));

export default function Messages({ flow }: { flow?: string }) {
  const mayTap = useMay("operator");
  const { tap, running, listening, filter, ended } = useStore(taps, (state) => state);
  if (!mayTap) return <p className="empty">{t("tap.notAllowed")}</p>;
  return (
    <div className="pane" data-panel="messages">
      <TapBar flow={flow} />
      {running && (
        <p className="sr" role="status">
          {t("tap.of", { what: filter.wire ?? filter.node ?? filter.flow ?? "" })}
        </p>
      )}
      {tap.left_out > 0 && <p className="toolbar small muted">{t("tap.leftOut", { n: tap.left_out })}</p>}
      {ended && (
        <p className="toolbar small">
          {t("tap.ended")}{" "}
          <button type="button" className="button" onClick={() => startTap(filter)}>
            {t("tap.again")}
          </button>
        </p>
      )}
      {tap.pins.length > 0 && (
        <Suspense fallback={null}>
          <Pins rows={tap.pins} />
        </Suspense>
      )}
      {tap.rows.length === 0 ? (
        <p className="empty">{t(!running ? "tap.none" : listening ? "tap.waiting" : "tap.starting")}</p>
      ) : (
        <Suspense fallback={<p className="empty">{t("loading")}</p>}>
          <MessageList rows={tap.rows} />
        </Suspense>
      )}
    </div>
  );
}

function TapBar({ flow }: { flow: string | undefined }) {
  const { tap, running, filter, max_rate } = useStore(taps, (state) => state);
  const all = useStore(flowList, (state) => state.flows);
  const [search, setSearch] = useState(filter.search ?? "");
  const [where, setWhere] = useState(filter.where ?? "");
  const [chosen, setChosen] = useState("");
  const [known, setKnown] = useState(filter);
  if (known !== filter) {
    // somebody tapped something else: what stands here is what is listened to
    setKnown(filter);
    setSearch(filter.search ?? "");
    setWhere(filter.where ?? "");
  }
  const flowId = flow ?? (chosen || all.find((item) => item.running)?.id);
  const wanted = (of = flowId) => ({
    ...(filter.flow === of && filter.node ? { node: filter.node } : {}),
    ...(filter.flow === of && filter.wire ? { wire: filter.wire } : {}),
    flow: of ?? "",
    ...(search ? { search } : {}),
    ...(where ? { where } : {}),
  });
  const isTyped = search !== (filter.search ?? "") || where !== (filter.where ?? "");
  const follow = () => running && isTyped && startTap(wanted());
  return (
    <form
      className="toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        startTap(wanted());
      }}
    >
      {!flow && (
        <select
          className="input"
          aria-label={t("flow")}
          value={flowId ?? ""}
          onChange={(event) => {
            setChosen(event.target.value);
            if (running) startTap(wanted(event.target.value));
          }}
        >
          {all.map((item) => (
            <option key={item.id} value={item.id}>
              {item.title || item.id}
            </option>
          ))}
        </select>
      )}
      {/* keys: one element for both would submit the form by the very click that stops the tap */}
      {running ? (
        <button key="stop" type="button" className="button" onClick={() => endTap()}>
          {t("tap.stop")}
        </button>
      ) : (
        <button key="start" type="submit" className="button" disabled={!flowId}>
          {t("tap.startFlow")}
        </button>
      )}
      <button
        type="button"
        className="button icon"
        aria-label={t(tap.paused ? "tap.resume" : "tap.pause")}
        aria-pressed={tap.paused}
        onClick={() => setPaused(!tap.paused)}
      >
        <Icon name={tap.paused ? "play" : "pause"} />
      </button>
      {tap.paused && tap.waiting.length > 0 && (
        <span className="muted small">{t("tap.held", { n: tap.waiting.length })}</span>
      )}
      <input
        className="input"
        type="search"
        placeholder={t("tap.search")}
        aria-label={t("tap.search")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onBlur={follow}
      />
      <input
        className="input mono wide-only"
        placeholder="payload.value > 8"
        aria-label={t("tap.where")}
        value={where}
        onChange={(event) => setWhere(event.target.value)}
        onBlur={follow}
      />
      <label className="row small wide-only">
        {t("tap.rate")}
        <select
          className="input"
          value={max_rate}
          onChange={(event) => {
            taps.set({ max_rate: Number(event.target.value) });
            if (running) startTap(wanted());
          }}
        >
          {[10, 50, 200, 500].map((value) => (
            <option key={value} value={value}>
              {number(value)}/s
            </option>
          ))}
        </select>
      </label>
      <span className="grow ellipsis muted small">{running && (filter.wire ?? filter.node)}</span>
      <button type="button" className="button plain" onClick={clearTap}>
        {t("clear")}
      </button>
    </form>
  );
}
