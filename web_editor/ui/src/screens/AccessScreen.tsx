// Who may come in: people with a password, programs with a token. For administrators.
import { useState } from "react";
import { access } from "../api/calls";
import type { Role, Token, User } from "../api/types";
import { dateTime, t } from "../i18n";
import { Age } from "../parts/Age";
import { MoreButton, type PagedList, usePaged } from "../parts/paged";
import { StateMark } from "../parts/StateMark";
import { TableHead } from "../parts/TableHead";
import { tell, tellError } from "../state/notices";
import { useMay, useSession } from "../state/session";
import { AccessDialog, type Asked, ROLES } from "./AccessDialogs";

export default function AccessScreen() {
  const admin = useMay("admin");
  return admin ? <Access /> : <p className="empty">{t("page.notAllowed")}</p>;
}

function Access() {
  const users = usePaged(access.users, []);
  const tokens = usePaged(access.tokens, []);
  const [asked, setAsked] = useState<Asked | null>(null);
  const done = () => {
    setAsked(null);
    users.again();
    tokens.again();
  };
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("access")}>
      <div className="screen-head">
        <h1>{t("access")}</h1>
      </div>
      <div className="stack" style={{ padding: "0 16px 24px", gap: 16 }}>
        <Section title={t("users")} action={t("user.add")} onAdd={() => setAsked({ what: "addUser" })}>
          <Users users={users} onAsk={setAsked} onDone={done} />
        </Section>
        <Section title={t("tokens")} action={t("token.add")} onAdd={() => setAsked({ what: "addToken" })}>
          <Tokens tokens={tokens} onAsk={setAsked} />
        </Section>
      </div>
      {asked && <AccessDialog asked={asked} onAsk={setAsked} onDone={done} />}
    </div>
  );
}

function Section({
  title,
  action,
  onAdd,
  children,
}: {
  title: string;
  action: string;
  onAdd: () => void;
  children: React.ReactNode;
}) {
  return (
    <section className="card">
      <div className="row">
        <h2 className="grow">{title}</h2>
        <button type="button" className="button" onClick={onAdd}>
          {action}
        </button>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label={title}>
        {children}
      </div>
    </section>
  );
}

type UsersProps = { users: PagedList<User>; onAsk: (asked: Asked) => void; onDone: () => void };

function Users({ users, onAsk, onDone }: UsersProps) {
  const me = useSession()?.user?.name;
  const change = (user: User, what: Parameters<typeof access.changeUser>[1]) =>
    access.changeUser(user.name, what).then(() => {
      tell(t("user.changed", { name: user.name }));
      onDone();
    }, tellError);
  return (
    <>
      <table className="table">
        <TableHead names={[t("name"), t("role"), t("state"), t("user.lastLogin")]} />
        <tbody>
          {users.items.map((user) => (
            <tr key={user.name}>
              <td>
                <strong>{user.name}</strong>
                {user.name === me && <span className="muted"> · {t("user.you")}</span>}
              </td>
              <td>
                {/* one's own role is another administrator's business: a slip would end in a locked door */}
                <select
                  className="input"
                  aria-label={t("user.roleOf", { name: user.name })}
                  value={user.role}
                  disabled={user.name === me}
                  onChange={(event) => void change(user, { role: event.target.value as Role })}
                >
                  {ROLES.map((role) => (
                    <option key={role} value={role}>
                      {t(`role.${role}`)}
                    </option>
                  ))}
                </select>
              </td>
              <td>
                <StateMark state={user.disabled ? 0 : 1} text={t(user.disabled ? "user.blocked" : "user.active")} />
              </td>
              <td className="muted">
                {user.last_login_ms === null ? t("user.never") : <Age at_ms={user.last_login_ms} />}
              </td>
              <td>
                <div className="row actions">
                  <button type="button" className="button" onClick={() => onAsk({ what: "password", user })}>
                    {t("user.setPassword")}
                  </button>
                  {user.name !== me &&
                    (user.disabled ? (
                      <button type="button" className="button" onClick={() => void change(user, { disabled: false })}>
                        {t("user.unblock")}
                      </button>
                    ) : (
                      <button type="button" className="button" onClick={() => onAsk({ what: "block", user })}>
                        {t("user.block")}
                      </button>
                    ))}
                  {user.name !== me && (
                    <button type="button" className="button danger" onClick={() => onAsk({ what: "removeUser", user })}>
                      {t("user.remove")}
                    </button>
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreButton paged={users} />
    </>
  );
}

function Tokens({ tokens, onAsk }: { tokens: PagedList<Token>; onAsk: (asked: Asked) => void }) {
  if (tokens.done && tokens.items.length === 0) return <p className="muted">{t("token.none")}</p>;
  return (
    <>
      <table className="table">
        <TableHead names={[t("name"), t("role"), t("token.created"), t("token.expires"), t("token.lastUsed")]} />
        <tbody>
          {tokens.items.map((token) => (
            <tr key={token.id}>
              <td>
                <strong>{token.name}</strong>
              </td>
              <td>{t(`role.${token.role}`)}</td>
              <td className="muted">{dateTime(token.created_ms)}</td>
              <td className="muted">{token.expires_ms === null ? t("token.never") : dateTime(token.expires_ms)}</td>
              <td className="muted">
                {token.last_used_ms === null ? t("user.never") : <Age at_ms={token.last_used_ms} />}
              </td>
              <td>
                <div className="row actions">
                  <button type="button" className="button danger" onClick={() => onAsk({ what: "removeToken", token })}>
                    {t("token.revoke")}
                  </button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreButton paged={tokens} />
    </>
  );
}
