// The panels below the canvas, each loaded when it is first opened.
import { type ComponentType, lazy, type ReactNode, Suspense, useMemo } from "react";
import { useDocument } from "../edit/editor";
import { t } from "../i18n";
import { needsAcknowledging } from "../logic/alarms";
import { Tabs } from "../parts/Tabs";
import { bottom, type PanelName } from "../state/bottom";
import { alarmList, problemList } from "../state/feeds";
import { useMay } from "../state/session";
import { useStore } from "../state/store";

const PANELS: Record<PanelName, ComponentType<{ flow?: string }>> = {
  messages: lazy(() => import("../panels/Messages")),
  alarms: lazy(() => import("../panels/Alarms")),
  values: lazy(() => import("../panels/Values")),
  trends: lazy(() => import("../panels/Trends")),
  problems: lazy(() => import("../panels/Problems")),
  log: lazy(() => import("../panels/Log")),
};
export function BottomPanel({ flow }: { flow: string }) {
  const mayTap = useMay("operator");
  const tab = useStore(bottom, (state) => state.tab);
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
  const names = (Object.keys(PANELS) as PanelName[]).filter((name) => mayTap || name !== "messages");
  const chosen = names.includes(tab) ? tab : names[0]!;
  const Panel = PANELS[chosen];
  return (
    <Tabs
      tabs={names.map((key) => ({ key, label: label(key) }))}
      chosen={chosen}
      onChoose={(tab) => bottom.set({ tab })}
      label={t("panels")}
    >
      <Suspense fallback={<p className="empty">{t("loading")}</p>}>
        <Panel flow={flow} />
      </Suspense>
    </Tabs>
  );
}
