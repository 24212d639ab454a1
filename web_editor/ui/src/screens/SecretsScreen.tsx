// The secrets that flows name: who wrote each and when, what uses it. Never a value.
import { useState } from "react";
import { flows, secrets } from "../api/calls";
import type { SecretRow } from "../api/types";
import SecretDialog from "../dialogs/SecretDialog";
import { t } from "../i18n";
import { Age } from "../parts/Age";
import { FormDialog } from "../parts/FormDialog";
import { MoreButton, usePaged } from "../parts/paged";
import { StateMark } from "../parts/StateMark";
import { TableHead } from "../parts/TableHead";
import { Link } from "../shell/Link";
import { tell } from "../state/notices";
import { useMay } from "../state/session";

type Asked = { what: "put"; row: SecretRow | null } | { what: "remove" | "deploy"; row: SecretRow };
const STATES = { kept: 1, given: 1, missing: 3, unreadable: 3 } as const;

export default function SecretsScreen() {
  return useMay("integrator") ? <Secrets /> : <p className="empty">{t("page.notAllowed")}</p>;
}

function Secrets() {
  const rows = usePaged(secrets.list, []);
  const [asked, setAsked] = useState<Asked | null>(null);
  const done = () => {
    setAsked(null);
    rows.again();
  };
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("secrets")}>
      <div className="screen-head">
        <h1 className="grow">{t("secrets")}</h1>
        <button type="button" className="button primary" onClick={() => setAsked({ what: "put", row: null })}>
          {t("secret.new")}
        </button>
      </div>
      <p className="muted under-head">{t("secrets.about")}</p>
      <div className="stack sheet">
        {rows.done && rows.items.length === 0 && <p className="empty">{t("secrets.none")}</p>}
        {rows.items.length > 0 && <Table rows={rows.items} onAsk={setAsked} />}
        <MoreButton paged={rows} />
      </div>
      {asked?.what === "put" && (
        <SecretDialog
          {...(asked.row ? { name: asked.row.name, fixed: true } : {})}
          onDone={done}
          onClose={() => setAsked(null)}
        />
      )}
      {asked && asked.what !== "put" && (
        <Sure what={asked.what} row={asked.row} onDone={done} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}

function Table({ rows, onAsk }: { rows: readonly SecretRow[]; onAsk: (asked: Asked) => void }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("secrets.list")}>
      <table className="table">
        <TableHead names={[t("name"), t("state"), t("secret.written"), t("connection.usedBy")]} />
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td className="mono">{row.name}</td>
              <td>
                <StateMark state={STATES[row.source]} text={t(`held.${row.source}`)} />
                {row.sealed && <span className="muted"> · {t("secret.sealed")}</span>}
              </td>
              <td className="muted">
                {row.by} {row.written_ms !== null && <Age at_ms={row.written_ms} />}
              </td>
              <td>
                {row.used_by.map((flow) => (
                  <span key={flow}>
                    <Link to={{ screen: "flow", flow }}>{flow}</Link>{" "}
                  </span>
                ))}
              </td>
              <td>
                <Actions row={row} onAsk={onAsk} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Actions({ row, onAsk }: { row: SecretRow; onAsk: (asked: Asked) => void }) {
  if (row.source === "given") return <span className="muted small">{t("secret.given")}</span>;
  return (
    <div className="row actions">
      <button type="button" className="button" onClick={() => onAsk({ what: "put", row })}>
        {t(row.source === "missing" ? "secret.write" : "secret.replace")}
      </button>
      {row.source !== "missing" && row.used_by.length > 0 && (
        <button type="button" className="button" onClick={() => onAsk({ what: "deploy", row })}>
          {t("secret.deploy")}
        </button>
      )}
      {row.source !== "missing" && (
        <button type="button" className="button danger" onClick={() => onAsk({ what: "remove", row })}>
          {t("delete")}
        </button>
      )}
    </div>
  );
}

type SureProps = { what: "remove" | "deploy"; row: SecretRow; onDone: () => void; onClose: () => void };

function Sure({ what, row, onDone, onClose }: SureProps) {
  const [action, text] =
    what === "remove"
      ? ([t("delete"), t("secret.removeSure", { name: row.name })] as const)
      : ([t("secret.deploy"), t("secret.deploySure", { flows: row.used_by.join(", ") })] as const);
  const submit = async () => {
    if (what === "remove") await secrets.remove(row.name);
    else await deployAgain(row.used_by);
    onDone();
  };
  return (
    <FormDialog
      title={`${action}: ${row.name}`}
      action={action}
      ready
      danger={what === "remove"}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{text}</p>
    </FormDialog>
  );
}

/** What runs takes the secret up; a draft is left to who wrote it. */
async function deployAgain(users: readonly string[]): Promise<void> {
  const drafts: string[] = [];
  for (const id of users) {
    const flow = await flows.read(id);
    if (flow.dirty) drafts.push(id);
    else await flows.deploy(id, t("secret.deployed"), false, flow.etag);
  }
  tell(drafts.length ? t("secret.drafts", { flows: drafts.join(", ") }) : t("secret.taken"));
}
