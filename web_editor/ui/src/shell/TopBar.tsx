// The bar above everything: where one is, what is wrong, what can be deployed.
import { useMemo } from "react";
import type { FlowSummary } from "../api/types";
import { show } from "../edit/overlays";
import { t } from "../i18n";
import { needsAcknowledging } from "../logic/alarms";
import { foldersOf, parted } from "../logic/folders";
import { Icon } from "../parts/Icon";
import { useAway } from "../state/away";
import { alarmList, flowList } from "../state/feeds";
import { prefer, preferences } from "../state/preferences";
import { go, useRoute } from "../state/route";
import { atLeast, useMay, useSession } from "../state/session";
import { useStore } from "../state/store";
import { AccountMenu } from "./AccountMenu";
import { DeployButton } from "./DeployButton";
import { Link } from "./Link";

type Props = { operator: boolean; wide: boolean; menu: boolean; onMenu: (() => void) | null };

export function TopBar({ operator, wide, menu, onMenu }: Props) {
  const route = useRoute();
  const alarms = useStore(alarmList, (state) => state.alarms);
  const waiting = useMemo(() => alarms.filter(needsAcknowledging).length, [alarms]);
  const editable = useMay("integrator");
  const mayChange = atLeast(useSession()?.user?.role, "integrator");
  const away = useAway();
  const changeMode = () => {
    prefer({ mode: operator ? "integrator" : "operator" });
    go({ screen: "home" });
  };
  return (
    <header className="topbar">
      {onMenu && (
        <button
          type="button"
          className="button plain icon"
          aria-label={t("screens")}
          aria-expanded={menu}
          onClick={onMenu}
        >
          <Icon name="menu" />
        </button>
      )}
      <Link to={{ screen: "home" }} className="brand" label="flowengine">
        <img src="/favicon.svg" alt="" />
        <span className="roomy-only">flowengine</span>
      </Link>
      <FlowPicker />
      <span className="grow" />
      <button type="button" className="button searchbox wide-only" onClick={() => show("commands")}>
        <Icon name="search" />
        <span className="grow">{t("commands")}</span>
        <kbd className="kbd roomy-only">Ctrl+K</kbd>
      </button>
      <Link
        to={{ screen: "alarms" }}
        className="button"
        label={away ? `${t("alarms")}: ${t("state.unknown")}` : t("alarms.waiting", { n: waiting })}
        current={route.screen === "alarms"}
      >
        <Icon name="bell" />
        <span className={waiting && !away ? "state" : "muted"} data-state="error">
          {away ? "?" : waiting}
        </span>
      </Link>
      {wide && mayChange && (
        <button type="button" className="button" aria-pressed={operator} onClick={changeMode}>
          {t("mode.operator")}
        </button>
      )}
      {!operator && route.screen === "flow" && editable && <DeployButton />}
      <AccountMenu />
    </header>
  );
}

const FlowOptions = ({ flows }: { flows: readonly FlowSummary[] }) =>
  flows.map((flow) => (
    <option key={flow.id} value={flow.id}>
      {flow.title || flow.id}
    </option>
  ));

function FlowPicker() {
  const route = useRoute();
  const flows = useStore(flowList, (state) => state.flows);
  const favourites = useStore(preferences, (state) => state.favourites);
  const [first, others] = useMemo(() => parted(flows, favourites), [flows, favourites]);
  const now = route.screen === "flow" ? route.flow : "";
  return (
    <select
      className="input"
      style={{ width: "auto", maxWidth: 240 }}
      aria-label={t("flow")}
      value={now}
      onChange={(event) => go(event.target.value ? { screen: "flow", flow: event.target.value } : { screen: "flows" })}
    >
      <option value="">{t("flows")}…</option>
      {now && !flows.some((flow) => flow.id === now) && <option value={now}>{now}</option>}
      {first.length > 0 && (
        <optgroup label={t("flows.favourites")}>
          <FlowOptions flows={first} />
        </optgroup>
      )}
      {foldersOf(others).map(({ name, flows }) =>
        name ? (
          <optgroup key={name} label={name}>
            <FlowOptions flows={flows} />
          </optgroup>
        ) : (
          <FlowOptions key={name} flows={flows} />
        ),
      )}
    </select>
  );
}
