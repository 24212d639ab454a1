// How the engine is: rates, lag, memory, queues, spools, connections.

import type { ReactNode } from "react";
import type { Engine } from "../api/types";
import { visit } from "../edit/visit";
import { bytes, dateTime, duration, number, rate, t } from "../i18n";
import { visible } from "../logic/payload";
import { LiveMark } from "../parts/LiveMark";
import { Section } from "../parts/Section";
import { STATE_NUMBER } from "../parts/StateMark";
import { Link } from "../shell/Link";
import { useAway } from "../state/away";
import { engineState } from "../state/feeds";
import { useStore } from "../state/store";
import { Cluster } from "./Cluster";

export default function EngineScreen() {
  const engine = useStore(engineState, (state) => state.engine);
  const away = useAway();
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("engine")}>
      <div className="screen-head">
        <h1>{t("engine")}</h1>
        {engine && (
          <span className="muted">
            {engine.version} ·{" "}
            {away
              ? t("engine.asOf", { time: dateTime(engine.at_ms) })
              : t("engine.up", { time: duration(engine.up_s) })}
          </span>
        )}
      </div>
      {!engine ? (
        <p className="empty">{t("loading")}</p>
      ) : (
        <div className="stack" style={{ padding: "0 16px 24px", gap: 16 }}>
          <Tiles engine={engine} />
          {engine.cluster && <Cluster cluster={engine.cluster} />}
          <Slowest engine={engine} />
          <Queues engine={engine} />
          <Spools engine={engine} />
          <Connections engine={engine} />
          <Flows engine={engine} />
        </div>
      )}
    </div>
  );
}

/** What goes because somebody wrote so: a filter, a switch without a branch for it, a node turned off, a repetition. */
const MEANT = ["filtered", "unmatched", "disabled", "duplicate"] as const;
const word = (reason: string) =>
  (MEANT as readonly string[]).includes(reason) ? t(`dropped.${reason as (typeof MEANT)[number]}`) : reason;

function Tiles({ engine }: { engine: Engine }) {
  const dropped = Object.values(engine.dropped).reduce((sum, count) => sum + count, 0);
  const lost = MEANT.reduce<number>((rest, reason) => rest - (engine.dropped[reason] ?? 0), dropped);
  const reasons = Object.entries(engine.dropped)
    .map(([reason, count]) => `${word(reason)} ${number(count)}`)
    .join(", ");
  return (
    <div className="tiles">
      <Tile title={t("engine.rate")} value={t("perSecond", { rate: rate(engine.rate) })} />
      <Tile
        title={t("engine.lag")}
        value={`${number(engine.loop_lag_ms, 1)} ms`}
        state={engine.loop_lag_ms > 100 ? 3 : engine.loop_lag_ms > 50 ? 2 : 1}
      />
      <Tile title={t("engine.cpu")} value={`${number(engine.cpu_percent, 0)} %`} />
      <Tile
        title={t("engine.memory")}
        value={bytes(engine.memory_bytes)}
        note={engine.memory_limit_bytes === null ? "" : t("of", { total: bytes(engine.memory_limit_bytes) })}
      />
      <Tile title={t("engine.disk")} value={bytes(engine.disk_free_bytes)} />
      <Tile title={t("engine.held")} value={number(engine.held)} />
      <Tile title={t("engine.errored")} value={number(engine.errored)} state={engine.errored > 0 ? 2 : 1} />
      <Tile title={t("engine.dropped")} value={number(dropped)} note={reasons} state={lost > 0 ? 2 : 1} />
      <Tile
        title={t("deadLetters")}
        value={<Link to={{ screen: "dead-letters" }}>{number(engine.dead_letters)}</Link>}
      />
      <Tile title={t("engine.clients")} value={number(engine.clients)} />
    </div>
  );
}

function Tile({
  title,
  value,
  note = "",
  state = 1,
}: {
  title: string;
  value: ReactNode;
  note?: string;
  state?: 1 | 2 | 3;
}) {
  return (
    <div className="card widget">
      <h2>{title}</h2>
      <div className="reading">
        {value}{" "}
        {state > 1 && (
          <span className="small">
            <LiveMark state={state} />
          </span>
        )}
      </div>
      {note && <p className="muted small">{note}</p>}
    </div>
  );
}

function Fill({ part, whole }: { part: number; whole: number }) {
  const share = whole > 0 ? part / whole : 0;
  const state = share > 0.85 ? 3 : share > 0.6 ? 2 : 1;
  return (
    <div className="row">
      <div className="bar grow" data-state={state} aria-hidden="true">
        <div style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
      <LiveMark state={state} text={`${number(share * 100, 0)} %`} />
    </div>
  );
}

const fullIn = (seconds: number | null) => (seconds === null ? "–" : duration(seconds));

const NodeLink = ({ flow, node }: { flow: string; node: string }) => (
  <button type="button" className="button plain link" onClick={() => visit(flow, node)}>
    {flow}/{node}
  </button>
);

function Slowest({ engine }: { engine: Engine }) {
  return (
    <Section
      title={t("engine.slowest")}
      head={[t("node"), t("engine.busy"), t("engine.each"), t("engine.rate")]}
      rows={engine.slowest.map((row) => [
        <NodeLink {...row} />,
        `${number(row.busy_percent, row.busy_percent < 1 ? 2 : 1)} %`,
        row.each_us === null
          ? "–"
          : row.each_us < 1000
            ? `${number(row.each_us, 0)} µs`
            : `${number(row.each_us / 1000, 1)} ms`,
        t("perSecond", { rate: rate(row.rate) }),
      ])}
    />
  );
}

const share = ({ depth, limit }: { depth: number; limit: number }) => (limit > 0 ? depth / limit : 0);

function Queues({ engine }: { engine: Engine }) {
  return (
    <Section
      title={t("engine.queues")}
      head={[
        t("node"),
        t("engine.policy"),
        t("engine.depth"),
        t("engine.fill"),
        t("engine.fullIn"),
        t("engine.dropped"),
      ]}
      rows={[...engine.queues]
        .sort((a, b) => share(b) - share(a))
        .map((queue) => [
          <NodeLink {...queue} />,
          queue.policy,
          `${number(queue.depth)} / ${number(queue.limit)}`,
          <Fill part={queue.depth} whole={queue.limit} />,
          fullIn(queue.full_in_s),
          number(queue.dropped),
        ])}
    />
  );
}

function Spools({ engine }: { engine: Engine }) {
  return (
    <Section
      title={t("engine.spools")}
      head={[
        t("node"),
        t("engine.records"),
        t("engine.size"),
        t("engine.fill"),
        t("engine.fullIn"),
        t("engine.oldest"),
      ]}
      rows={engine.spools.map((spool) => [
        <>
          {spool.orphan ? `${spool.flow}/${spool.node}` : <NodeLink {...spool} />}{" "}
          {spool.orphan && <LiveMark state={2} text={t("engine.orphan")} />}
        </>,
        spool.fault ? <LiveMark state={3} text={visible(spool.fault)} /> : number(spool.messages),
        spool.limit_bytes === null
          ? bytes(spool.disk_bytes)
          : `${bytes(spool.disk_bytes)} / ${bytes(spool.limit_bytes)}`,
        spool.limit_bytes === null ? "–" : <Fill part={spool.disk_bytes} whole={spool.limit_bytes} />,
        fullIn(spool.full_in_s),
        spool.oldest_ms === null ? "–" : duration(Math.max(0, engine.at_ms - spool.oldest_ms) / 1000),
      ])}
    />
  );
}

function Connections({ engine }: { engine: Engine }) {
  return (
    <Section
      title={t("connections")}
      head={[t("connection"), t("type"), t("state"), t("detail"), t("engine.since")]}
      rows={engine.connections.map((item) => [
        <Link to={{ screen: "connection", flow: item.flow, connection: item.connection }}>
          {item.flow}/{item.connection}
        </Link>,
        item.type,
        <LiveMark state={STATE_NUMBER[item.state]} />,
        item.detail,
        duration(Math.max(0, engine.at_ms - item.since_ms) / 1000),
      ])}
    />
  );
}

function Flows({ engine }: { engine: Engine }) {
  return (
    <Section
      title={t("flows")}
      head={[t("flow"), t("state"), t("engine.rate"), t("engine.errored"), t("engine.held")]}
      rows={engine.flows.map((flow) => [
        <Link to={{ screen: "flow", flow: flow.flow }}>{flow.flow}</Link>,
        <LiveMark state={flow.running ? 1 : 0} text={t(flow.running ? "flow.running" : "flow.stopped")} />,
        t("perSecond", { rate: rate(flow.rate) }),
        number(flow.errors),
        number(flow.held),
      ])}
    />
  );
}
