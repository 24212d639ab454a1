// The panels below the canvas, each loaded when it is first opened.
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useDocument } from "../edit/editor";
import { t } from "../i18n";
import { needsAcknowledging } from "../logic/alarms";
import { Tabs } from "../parts/Tabs";
import { alarmList, problemList } from "../state/feeds";
import { useStore } from "../state/store";

const PANELS = {
  messages: lazy(() => import("../panels/Messages")),
  alarms: lazy(() => import("../panels/Alarms")),
  values: lazy(() => import("../panels/Values")),
  trends: lazy(() => import("../panels/Trends")),
  problems: lazy(() => import("../panels/Problems")),
  log: lazy(() => import("../panels/Log")),
};
type PanelName = keyof typeof PANELS;

export function BottomPanel({ flow }: { flow: string }) {
  const [tab, setTab] = useState<PanelName>("messages");
  const alarms = useStore(alarmList, (state) => state.alarms);
  const running = useStore(problemList, (state) => state.problems);
  const diagnostics = useDocument((state) => state.flow?.diagnostics);
  const counts = useMemo(
    () => ({
      alarms: alarms.filter((alarm) => alarm.flow === flow && needsAcknowledging(alarm)).length,
      problems: (diagnostics?.length ?? 0) + running.filter((problem) => !problem.flow || problem.flow === flow).length,
    }),
    [alarms, running, diagnostics, flow],
  );
  const label = (name: PanelName): ReactNode => {
    const count = name === "alarms" || name === "problems" ? counts[name] : 0;
    return count ? `${t(name)} (${count})` : t(name);
  };
  const Panel = PANELS[tab];
  return (
    <Tabs
      tabs={(Object.keys(PANELS) as PanelName[]).map((key) => ({ key, label: label(key) }))}
      chosen={tab}
      onChoose={setTab}
      label={t("panels")}
    >
      <Suspense fallback={<p className="empty">{t("loading")}</p>}>
        <Panel flow={flow} />
      </Suspense>
    </Tabs>
  );
}
