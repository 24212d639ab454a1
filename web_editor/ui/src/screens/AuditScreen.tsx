// Who changed what and when. For administrators; nothing here can be changed.
import { useState } from "react";
import { access } from "../api/calls";
import { dateTime, type Key, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { visible } from "../logic/payload";
import { MoreButton, usePaged } from "../parts/paged";
import { useMay } from "../state/session";

export default function AuditScreen() {
  const admin = useMay("admin");
  return admin ? <Audit /> : <p className="empty">{t("page.notAllowed")}</p>;
}

function Audit() {
  const [typed, setTyped] = useState("");
  const [user, setUser] = useState("");
  const paged = usePaged((cursor) => access.audit(user, cursor), [user]);
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>{t("audit")}</h1>
      </div>
      <form
        className="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          setUser(typed.trim());
          paged.again();
        }}
      >
        <input
          className="input"
          type="search"
          placeholder={t("audit.everybody")}
          aria-label={t("audit.user")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="button">
          {t("search")}
        </button>
        <button type="button" className="button" onClick={paged.again}>
          {t("refresh")}
        </button>
      </form>
      <div className="scroll grow sheet" tabIndex={0} role="region" aria-label={t("audit")}>
        {paged.done && paged.items.length === 0 && <p className="empty">{t(user ? "nothingFound" : "audit.none")}</p>}
        {paged.items.length > 0 && (
          <table className="table cards">
            <thead>
              <tr>
                <th>{t("time")}</th>
                <th>{t("who")}</th>
                <th>{t("audit.action")}</th>
                <th>{t("audit.subject")}</th>
                <th>{t("detail")}</th>
              </tr>
            </thead>
            <tbody>
              {paged.items.map((line, i) => (
                <tr key={paged.items.length - i}>
                  <td className="fixed">{dateTime(line.at_ms)}</td>
                  <td>{visible(line.user)}</td>
                  <td>{action(line.action)}</td>
                  <td className="any">{visible(line.subject)}</td>
                  <td className="any">{visible(detail(line))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <MoreButton paged={paged} />
      </div>
    </div>
  );
}

/** An engine that is newer than this page may do things that it has no word for. */
function action(name: string): string {
  const key = `action.${name.replaceAll(" ", "_")}` as Key;
  const word = t(key);
  return word === key ? name : word;
}

const REVISION = /^(?:to )?revision \d+\./;

/** What the engine adds to an action; a comment that a person wrote stays as it is. */
export function detail({ action, detail }: { action: string; detail: string }): string {
  const [head] = action === "deploy" || action === "rollback" ? (REVISION.exec(detail) ?? []) : [];
  if (head) return reasonText(head) + detail.slice(head.length);
  return action.startsWith("alarm ") ? detail : reasonText(detail);
}
