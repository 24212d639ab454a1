// What has run: who deployed what when, the difference to now, and the way back.
import { useEffect, useState } from "react";
import { flows } from "../api/calls";
import type { Diff, Revision } from "../api/types";
import { editor, mayEdit } from "../edit/editor";
import { show } from "../edit/overlays";
import { dateTime, t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { MoreButton, usePaged } from "../parts/paged";
import { TableHead } from "../parts/TableHead";
import { tell, tellError } from "../state/notices";
import { DiffView } from "./DiffView";
import { RollBack } from "./RollBack";

export function RevisionsDialog() {
  const document = editor.get().document!;
  const paged = usePaged((cursor) => flows.revisions(document.id, cursor), [document.id]);
  const [picked, setPicked] = useState<{ revision: string; to: string } | null>(null);
  const [diff, setDiff] = useState<Diff | null>(null);
  const [asked, setAsked] = useState<{ revision: string; diff: Diff } | null>(null);
  const rollBack = async (revision: string, comment: string) => {
    try {
      const done = await flows.rollback(document.id, revision, document.store.get().flow!.etag, comment);
      setAsked(null);
      tell(t("revisions.rolledBack", { revision, next: done.revision }));
      await document.load();
      paged.again();
    } catch (error) {
      tellError(error);
    }
  };
  const ask = (revision: string) =>
    flows.diff(document.id, "", revision).then((found) => setAsked({ revision, diff: found }), tellError);
  useEffect(() => {
    if (!picked) return;
    let wanted = true; // an answer that comes late is of an earlier choice
    flows.diff(document.id, picked.revision, picked.to).then((found) => wanted && setDiff(found), tellError);
    return () => {
      wanted = false;
    };
  }, [document.id, picked]);
  const compare = (revision: string, to = "") => setPicked({ revision, to });
  return (
    <Dialog title={`${t("revisions")}: ${document.id}`} onClose={() => show(null)} className="wide">
      {paged.done && paged.items.length === 0 && <p className="empty">{t("revisions.none")}</p>}
      {paged.items.length > 0 && <Table items={paged.items} onCompare={compare} onRollBack={ask} />}
      <MoreButton paged={paged} />
      {asked && (
        <RollBack
          revision={asked.revision}
          diff={asked.diff}
          draft={document.store.get().flow?.dirty ?? false}
          onSend={rollBack}
          onClose={() => setAsked(null)}
        />
      )}
      {picked && diff && (
        <>
          <div className="row wrap">
            <h3>{t("revisions.from")}</h3>
            <Pick
              label={t("revisions.from")}
              items={paged.items}
              value={picked.revision}
              onPick={(revision) => compare(revision, picked.to)}
            />
            <h3>{t("revisions.to")}</h3>
            <Pick
              label={t("revisions.to")}
              items={paged.items}
              value={picked.to}
              now
              onPick={(to) => compare(picked.revision, to)}
            />
          </div>
          {diff.from === diff.to ? (
            <p className="muted">{t("deploy.same")}</p>
          ) : (
            <DiffView from={diff.from} to={diff.to} />
          )}
        </>
      )}
    </Dialog>
  );
}

type PickProps = {
  label: string;
  items: readonly Revision[];
  value: string;
  now?: boolean;
  onPick: (revision: string) => void;
};

/** One of the revisions, or the text as it is now. */
function Pick({ label, items, value, now = false, onPick }: PickProps) {
  return (
    <select className="input" aria-label={label} value={value} onChange={(event) => onPick(event.target.value)}>
      {now && <option value="">{t("revisions.now")}</option>}
      {items.map(({ revision, at_ms, author }) => (
        <option key={revision} value={revision}>
          {`${revision} · ${dateTime(at_ms)}${author ? ` · ${author}` : ""}`}
        </option>
      ))}
    </select>
  );
}

type Props = {
  items: readonly Revision[];
  onCompare: (revision: string) => void;
  onRollBack: (revision: string) => Promise<void>;
};

function Table({ items, onCompare, onRollBack }: Props) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("revisions")}>
      <table className="table">
        <TableHead names={[t("revision"), t("time"), t("who"), t("alarm.comment")]} />
        <tbody>
          {items.map((item) => (
            <tr key={item.revision}>
              <td>
                <strong>{item.revision}</strong>
                {item.running && <span className="muted"> · {t("flow.running")}</span>}
              </td>
              <td className="fixed">{dateTime(item.at_ms)}</td>
              <td>{item.author || <span className="muted">{t("clash.disk")}</span>}</td>
              <td>{item.comment}</td>
              <td>
                <div className="row">
                  <button type="button" className="button" onClick={() => onCompare(item.revision)}>
                    {t("compare")}
                  </button>
                  {mayEdit() && !item.running && (
                    <button type="button" className="button" onClick={() => void onRollBack(item.revision)}>
                      {t("revisions.rollBack")}
                    </button>
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
