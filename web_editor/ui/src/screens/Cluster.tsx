// Who runs what in a cluster, and draining a worker, with what that would move told first.
import { useState } from "react";
import { cluster as calls } from "../api/calls";
import type { ClusterNow, MoveRow, WorkerRow } from "../api/types";
import { number, t } from "../i18n";
import { FormDialog } from "../parts/FormDialog";
import { LiveMark } from "../parts/LiveMark";
import { Section } from "../parts/Section";
import { Link } from "../shell/Link";
import { tell, tellError } from "../state/notices";
import { useMay } from "../state/session";

type Drained = { worker: string; moves: MoveRow[] };

export function Cluster({ cluster }: { cluster: ClusterNow }) {
  const mayDrain = useMay("integrator");
  const [drained, setDrained] = useState<Drained | null>(null);
  const ask = (worker: string) => calls.planDrain(worker).then((moves) => setDrained({ worker, moves }), tellError);
  return (
    <>
      <Section
        title={t("cluster")}
        head={[t("cluster.worker"), t("state"), t("cluster.host"), t("cluster.version"), t("cluster.stages"), ""]}
        rows={cluster.workers.map((worker) => [
          <Name worker={worker} />,
          <State worker={worker} />,
          `${worker.host} · ${worker.pid}`,
          worker.version,
          number(worker.stages),
          mayDrain && !worker.leaving && (
            <button type="button" className="button" onClick={() => void ask(worker.name)}>
              {t("cluster.drain")}
            </button>
          ),
        ])}
      />
      <Section
        title={t("cluster.stages")}
        head={[
          t("flow"),
          t("cluster.stage"),
          t("cluster.partition"),
          t("cluster.owner"),
          t("cluster.epoch"),
          t("cluster.position"),
          t("cluster.lag"),
        ]}
        rows={cluster.stages.map((row) => [
          <Link to={{ screen: "flow", flow: row.flow }}>{row.flow}</Link>,
          row.stage,
          row.partition,
          row.owner || <LiveMark state={3} text={t("cluster.nobody")} />,
          number(row.epoch),
          number(row.position),
          number(row.lag),
        ])}
      />
      {drained && <DrainDialog {...drained} onClose={() => setDrained(null)} />}
    </>
  );
}

/** Its own editor is one click away, but for the one that tells this. */
function Name({ worker }: { worker: WorkerRow }) {
  if (worker.here)
    return (
      <>
        {worker.name} <span className="muted">({t("cluster.here")})</span>
      </>
    );
  return worker.url ? <a href={worker.url}>{worker.name}</a> : worker.name;
}

function State({ worker }: { worker: WorkerRow }) {
  if (worker.faults.length > 0)
    return (
      <>
        <LiveMark state={2} text={t("cluster.faults", { n: worker.faults.length })} />
        {worker.faults.map((fault) => (
          <p key={fault} className="muted small">
            {fault}
          </p>
        ))}
      </>
    );
  return <LiveMark state={worker.leaving ? 0 : 1} text={t(worker.leaving ? "cluster.leaving" : "cluster.working")} />;
}

function DrainDialog({ worker, moves, onClose }: Drained & { onClose: () => void }) {
  const submit = async () => {
    await calls.drain(worker);
    tell(t("cluster.asked", { worker }));
    onClose();
  };
  return (
    <FormDialog
      title={t("cluster.drainTitle", { worker })}
      action={t("cluster.drain")}
      ready
      danger={moves.some((move) => !move.to)}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t("cluster.drainHelp")}</p>
      <Section
        title={t("cluster.moves")}
        head={[t("flow"), t("cluster.stage"), t("cluster.partition"), t("cluster.to")]}
        rows={moves.map((move) => [
          move.flow,
          move.stage,
          move.partition,
          move.to || <LiveMark state={3} text={t("cluster.nobody")} />,
        ])}
      />
      {moves.length === 0 && <p className="muted">{t("cluster.nothing")}</p>}
    </FormDialog>
  );
}
