// One connection: why is this value bad? Figures, devices and what they refuse, the last frames.
import { useEffect, useState } from "react";
import { connections } from "../api/calls";
import type { ConnectionReport } from "../api/types";
import { dateTime, type Key, number, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { visible } from "../logic/payload";
import { LiveMark } from "../parts/LiveMark";
import { Link } from "../shell/Link";
import { useAway } from "../state/away";
import { tell, tellError } from "../state/notices";
import { atLeast, useSession } from "../state/session";

const EVERY_MS = 2000;
/** Rows of what is bad that a person reads; a list of 5,000 points may be bad as a whole. */
const MOST_BAD = 200;
type Device = ConnectionReport["devices"][number];

export default function ConnectionScreen({ flow, connection }: { flow: string; connection: string }) {
  const [report, fault] = useReport(flow, connection);
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("connection")}>
      <div className="screen-head">
        <h1>
          <Link to={{ screen: "flow", flow }}>{flow}</Link> / {connection}
        </h1>
        {report && <State report={report} />}
      </div>
      {!report ? (
        <p className="empty">{fault || t("loading")}</p>
      ) : (
        <div className="stack" style={{ padding: "0 16px 24px", gap: 16 }}>
          {!report.told && report.users.length === 0 && <p className="muted">{t("connection.tellsNothing")}</p>}
          <Figures figures={report.figures} />
          {report.devices.map((device) => (
            <DeviceCard key={device.name} report={report} device={device} />
          ))}
          <Users report={report} />
          <Frames report={report} />
        </div>
      )}
    </div>
  );
}

/** The report, asked for again and again while the screen is shown, and why there is none. */
function useReport(flow: string, connection: string): [ConnectionReport | null, string] {
  const [report, setReport] = useState<ConnectionReport | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    let gone = false;
    let timer = 0;
    const ask = async () => {
      try {
        const found = await connections.read(flow, connection);
        if (!gone) setReport(found);
      } catch (error) {
        if (!gone) setFault(error instanceof Error ? error.message : String(error));
      }
      if (!gone) timer = window.setTimeout(ask, EVERY_MS);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [flow, connection]);
  return [report, fault];
}

function State({ report }: { report: ConnectionReport }) {
  const away = useAway();
  const state = away || report.up === null ? 0 : report.up ? 1 : 3;
  return (
    <span className="muted">
      {report.type} · <LiveMark state={state} /> {visible(reasonText(report.detail))}{" "}
      {report.reconnects > 0 && t("connection.reconnects", { n: report.reconnects })}
    </span>
  );
}

const FIGURES: Record<string, Key> = {
  bytes_sent: "figure.bytesSent",
  bytes_heard: "figure.bytesHeard",
  pieces_sent: "figure.piecesSent",
  pieces_heard: "figure.piecesHeard",
  frames_sent: "figure.framesSent",
  frames_heard: "figure.framesHeard",
  silent_for_s: "figure.silentFor",
  longest_gap_s: "figure.longestGap",
  timeouts: "figure.timeouts",
  late_answers: "figure.lateAnswers",
  noise_bytes: "figure.noiseBytes",
  bad_answers: "figure.badAnswers",
  framing_faults: "figure.framingFaults",
  parity_faults: "figure.parityFaults",
  overruns: "figure.overruns",
  polls: "figure.polls",
  answers: "figure.answers",
  exceptions: "figure.exceptions",
  skipped_cycles: "figure.skippedCycles",
  round_trip_ms: "figure.roundTrip",
  points: "figure.points",
  bad_points: "figure.badPoints",
  readings: "figure.readings",
  notifications: "figure.notifications",
  received: "figure.received",
  published: "figure.published",
  unanswered: "figure.unanswered",
  unclaimed: "figure.unclaimed",
  held: "figure.held",
  held_bytes: "figure.heldBytes",
};
const UNITS: readonly [string, string][] = [
  ["_ms", " ms"],
  ["_s", " s"],
];

function Figures({ figures }: { figures: Record<string, number> }) {
  const found = Object.entries(figures);
  if (found.length === 0) return null;
  return (
    <dl className="tiles">
      {found.map(([name, value]) => (
        <div className="card widget" key={name}>
          <dt>{name in FIGURES ? t(FIGURES[name]!) : name}</dt>
          <dd className="reading">
            {number(value, 1)}
            {UNITS.find(([end]) => name.endsWith(end))?.[1] ?? ""}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function DeviceCard({ report, device }: { report: ConnectionReport; device: Device }) {
  const role = useSession()?.user?.role;
  const bad = Object.entries(device.bad);
  const state = device.reason ? 3 : bad.length > 0 ? 2 : 1;
  const ask = async () => {
    try {
      await connections.readNow(report.flow, report.connection, device.name);
      tell(t("connection.asked", { device: device.name }));
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <section className="card" aria-label={device.name}>
      <div className="row">
        <h2 className="grow">{t("connection.device", { device: device.name })}</h2>
        {report.can_read_now && atLeast(role, "operator") && (
          <button type="button" className="button" onClick={ask}>
            {t("connection.readNow")}
          </button>
        )}
      </div>
      <p>
        <LiveMark state={state} text={device.reason ? visible(reasonText(device.reason)) : t("connection.answers")} />
      </p>
      <Figures figures={device.figures} />
      {bad.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{t("connection.badAddress")}</th>
              <th>{t("connection.reason")}</th>
            </tr>
          </thead>
          <tbody>
            {bad.slice(0, MOST_BAD).map(([address, reason]) => (
              <tr key={address}>
                <td>{visible(address)}</td>
                <td>{visible(reasonText(reason))}</td>
              </tr>
            ))}
            {bad.length > MOST_BAD && (
              <tr>
                <td colSpan={2}>{t("connection.moreBad", { n: bad.length - MOST_BAD })}</td>
              </tr>
            )}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The nodes that use it, and what they refused and why: noise, checksums, time-outs. */
function Users({ report }: { report: ConnectionReport }) {
  if (report.users.length === 0) return null;
  const counts = (found: Record<string, number>) =>
    Object.entries(found).map(([reason, n]) => (
      <div key={reason}>
        {number(n)} × {visible(reasonText(reason))}
      </div>
    ));
  return (
    <section className="card">
      <h2>{t("connection.users")}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("connection.users")}>
        <table className="table">
          <thead>
            <tr>
              <th>{t("connection.user")}</th>
              <th>{t("connection.userReceived")}</th>
              <th>{t("connection.userSent")}</th>
              <th>{t("connection.userRefused")}</th>
              <th>{t("connection.userCounted")}</th>
            </tr>
          </thead>
          <tbody>
            {report.users.map((user) => (
              <tr key={user.node}>
                <td>
                  <Link to={{ screen: "flow", flow: report.flow }}>{user.node}</Link> ({user.type})
                </td>
                <td>{number(user.received)}</td>
                <td>{number(user.sent)}</td>
                <td>{counts(user.refused)}</td>
                <td>{counts(user.counted)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Frames({ report }: { report: ConnectionReport }) {
  if (report.frames.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("connection.frames")}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("connection.frames")} style={{ maxHeight: 400 }}>
        <table className="table">
          <thead>
            <tr>
              <th>{t("time")}</th>
              <th>{t("connection.way")}</th>
              <th>{t("connection.bytes")}</th>
            </tr>
          </thead>
          <tbody>
            {report.frames.toReversed().map((frame, i) => (
              <tr key={`${frame.at_ms} ${i}`}>
                <td>{dateTime(frame.at_ms)}</td>
                <td>
                  {t(frame.sent ? "connection.sent" : "connection.heard")} {frame.about}
                </td>
                <td className="mono">
                  {frame.hex}
                  {frame.length * 3 - 1 > frame.hex.length && " …"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
