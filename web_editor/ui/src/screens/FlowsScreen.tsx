// All flows as a list.

import type { FlowSummary } from "../api/types";
import { show } from "../edit/overlays";
import { t } from "../i18n";
import { LiveMark } from "../parts/LiveMark";
import { StateMark } from "../parts/StateMark";
import { Link } from "../shell/Link";
import { flowList } from "../state/feeds";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useStore } from "../state/store";

export default function FlowsScreen() {
  const { flows, ready } = useStore(flowList, (state) => state);
  const editable = useMay("integrator");
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("flows")}>
      <div className="screen-head">
        <h1>{t("flows")}</h1>
        {editable && (
          <button type="button" className="button" onClick={() => show("import")}>
            {t("flow.import")}
          </button>
        )}
        {editable && (
          <button type="button" className="button primary" onClick={() => go({ screen: "start" })}>
            {t("flow.new")}
          </button>
        )}
      </div>
      {ready && flows.length === 0 && <p className="empty">{t("flows.none")}</p>}
      <div className="widgets">
        {flows.map((flow) => (
          <Card key={flow.id} flow={flow} />
        ))}
      </div>
    </div>
  );
}

function Card({ flow }: { flow: FlowSummary }) {
  return (
    <div className="card widget">
      <h2 className="title">
        <Link to={{ screen: "flow", flow: flow.id }}>{flow.title || flow.id}</Link>
      </h2>
      <p className="muted">
        <code>{flow.id}</code> · {t("flow.nodes", { n: flow.nodes })}
      </p>
      <div className="row wrap">
        <LiveMark state={flow.running ? 1 : 0} text={t(flow.running ? "flow.running" : "flow.stopped")} />
        {flow.errors > 0 && <StateMark state={3} text={t("problems.count", { n: flow.errors })} />}
        {flow.dirty && (
          <span className="chip muted">{flow.author ? t("flow.draft", { who: flow.author }) : t("flow.dirty")}</span>
        )}
      </div>
    </div>
  );
}
