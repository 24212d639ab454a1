// A server's address space, folder by folder: points are ticked in several of them and added together.
import { useCallback, useEffect, useState } from "react";
import { connections } from "../api/calls";
import type { Browsed, FoundHere, Json } from "../api/types";
import { t } from "../i18n";
import { addressesOf } from "../logic/picked";
import { Dialog } from "../parts/Dialog";
import { pointText } from "./pointText";

type Props = {
  flow: string;
  connection: string;
  rows: readonly Json[];
  onClose: () => void;
  onPick: (picked: FoundHere[]) => void;
};
type Place = { address: string; name: string };

export function PointPicker({ flow, connection, rows, onClose, onPick }: Props) {
  const [way, setWay] = useState<Place[]>([{ address: "", name: t("points.root") }]);
  const [picked, setPicked] = useState<FoundHere[]>([]);
  const [here, fault, more] = useFolder(flow, connection, way.at(-1)!.address);
  const known = addressesOf(rows);
  const toggle = (found: FoundHere) =>
    setPicked((now) =>
      now.some(({ address }) => address === found.address)
        ? now.filter(({ address }) => address !== found.address)
        : [...now, found],
    );
  return (
    <Dialog
      title={t("points.pickFrom", { connection })}
      onClose={onClose}
      foot={
        <button type="button" className="button primary" disabled={picked.length === 0} onClick={() => onPick(picked)}>
          {t("points.add", { n: picked.length })}
        </button>
      }
    >
      <nav className="row wrap" aria-label={t("points.way")}>
        {way.map(({ address, name }, at) => (
          <button
            key={address}
            type="button"
            className="button plain"
            aria-current={at === way.length - 1 ? "location" : undefined}
            onClick={() => setWay(way.slice(0, at + 1))}
          >
            {name}
          </button>
        ))}
      </nav>
      {fault ? (
        <p className="fault" role="alert">
          {fault}
        </p>
      ) : !here ? (
        <p className="muted" role="status">
          {t("loading")}
        </p>
      ) : here.found.length === 0 ? (
        <p className="muted">{t("points.empty")}</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("points.name")}</th>
              <th scope="col">{t("points.value")}</th>
              <th scope="col">{t("points.address")}</th>
            </tr>
          </thead>
          <tbody>
            {here.found.map((found) => (
              <tr key={found.address}>
                <td>
                  {found.is_point ? (
                    <label className="row">
                      <input
                        type="checkbox"
                        disabled={known.has(found.address)}
                        checked={known.has(found.address) || picked.some(({ address }) => address === found.address)}
                        onChange={() => toggle(found)}
                      />
                      {found.name}
                    </label>
                  ) : (
                    <button type="button" className="button plain" onClick={() => setWay([...way, found])}>
                      {found.name} ›
                    </button>
                  )}
                </td>
                <td>{found.is_point && <Value found={found} known={known.has(found.address)} />}</td>
                <td>
                  <code>{found.address}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {here?.cut && (
        <button type="button" className="button" onClick={more}>
          {t("points.more")}
        </button>
      )}
    </Dialog>
  );
}

function Value({ found, known }: { found: FoundHere; known: boolean }) {
  const about = [found.kind, found.is_writable ? t("points.writable") : "", known ? t("points.chosenAlready") : ""];
  return (
    <>
      {found.reason || pointText(found.value)} <span className="muted small">{about.filter(Boolean).join(", ")}</span>
    </>
  );
}

/** What lies in a folder, why that is not known, and how to ask for the rest of a large one. */
function useFolder(flow: string, connection: string, place: string): [Browsed | null, string, () => void] {
  const [here, setHere] = useState<(Browsed & { place: string }) | null>(null);
  const [fault, setFault] = useState("");
  const [start, setStart] = useState({ place, at: 0 });
  const at = start.place === place ? start.at : 0;
  useEffect(() => {
    let gone = false;
    setFault("");
    const told = (next: Browsed) =>
      setHere((now) => ({
        ...next,
        place,
        found: at && now?.place === place ? [...now.found, ...next.found] : next.found,
      }));
    connections.browse(flow, connection, place, at).then(
      (next) => !gone && told(next),
      (error: unknown) => !gone && setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      gone = true;
    };
  }, [flow, connection, place, at]);
  const count = here?.found.length ?? 0;
  const more = useCallback(() => setStart({ place, at: count }), [place, count]);
  return [here?.place === place ? here : null, fault, more];
}
