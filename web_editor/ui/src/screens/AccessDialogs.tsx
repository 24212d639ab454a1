// What is asked before a user or a token is added, changed or removed.
import { useState } from "react";
import { access } from "../api/calls";
import type { Role, Token, User } from "../api/types";
import { t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { FormDialog } from "../parts/FormDialog";
import { tell, tellError } from "../state/notices";

export const ROLES = ["viewer", "operator", "integrator", "admin"] as const;
export type Asked =
  | { what: "addUser" }
  | { what: "password"; user: User }
  | { what: "block" | "removeUser"; user: User }
  | { what: "addToken" }
  | { what: "removeToken"; token: Token }
  | { what: "newToken"; name: string; secret: string };
type Props<A = Asked> = { asked: A; onAsk: (asked: Asked | null) => void; onDone: () => void };
type Of<K extends Asked["what"]> = Extract<Asked, { what: K }>;
type Question = Exclude<Asked, { what: "addUser" | "password" | "addToken" | "newToken" }>;

const SHORTEST = 10;

export function AccessDialog({ asked, ...rest }: Props) {
  switch (asked.what) {
    case "addUser":
      return <AddUser {...rest} asked={asked} />;
    case "password":
      return <SetPassword {...rest} asked={asked} />;
    case "addToken":
      return <AddToken {...rest} asked={asked} />;
    case "newToken":
      return <NewToken {...rest} asked={asked} />;
    default:
      return <Sure {...rest} asked={asked} />;
  }
}

function NameField({ name, onName }: { name: string; onName: (name: string) => void }) {
  return (
    <div className="field">
      <label htmlFor="access-name">{t("name")}</label>
      <input
        id="access-name"
        data-first
        className="input"
        value={name}
        required
        pattern="[a-z0-9._@\-]{1,64}"
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        aria-describedby="access-name-help"
        onChange={(event) => onName(event.target.value)}
      />
      <p id="access-name-help" className="help">
        {t("user.nameHelp")}
      </p>
    </div>
  );
}

function PasswordField({
  first = false,
  password,
  onPassword,
}: {
  first?: boolean;
  password: string;
  onPassword: (password: string) => void;
}) {
  return (
    <div className="field">
      <label htmlFor="access-password">{t("password")}</label>
      <input
        id="access-password"
        {...(first ? { "data-first": true } : {})}
        className="input"
        type="password"
        value={password}
        required
        minLength={SHORTEST}
        maxLength={200}
        autoComplete="new-password"
        aria-describedby="access-password-help"
        onChange={(event) => onPassword(event.target.value)}
      />
      <p id="access-password-help" className="help">
        {t("entry.short", { n: SHORTEST })}
      </p>
    </div>
  );
}

function RoleField({ role, onRole }: { role: Role; onRole: (role: Role) => void }) {
  return (
    <fieldset>
      <legend>{t("role")}</legend>
      {ROLES.map((item) => (
        <label key={item} className="row choice">
          <input type="radio" name="role" checked={role === item} onChange={() => onRole(item)} />
          <span>
            <strong>{t(`role.${item}`)}</strong> <span className="muted">{t(`role.${item}May`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function AddUser({ onAsk, onDone }: Props<Of<"addUser">>) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const submit = async () => {
    await access.addUser(name, password, role);
    onDone();
  };
  return (
    <FormDialog
      title={t("user.add")}
      action={t("user.add")}
      ready={name !== "" && password.length >= SHORTEST}
      onSubmit={submit}
      onClose={() => onAsk(null)}
    >
      <NameField name={name} onName={setName} />
      <PasswordField password={password} onPassword={setPassword} />
      <RoleField role={role} onRole={setRole} />
    </FormDialog>
  );
}

function SetPassword({ asked: { user }, onAsk, onDone }: Props<Of<"password">>) {
  const [password, setPassword] = useState("");
  const submit = async () => {
    await access.changeUser(user.name, { password });
    tell(t("user.changed", { name: user.name }));
    onDone();
  };
  return (
    <FormDialog
      title={`${t("user.setPassword")}: ${user.name}`}
      action={t("user.setPassword")}
      ready={password.length >= SHORTEST}
      onSubmit={submit}
      onClose={() => onAsk(null)}
    >
      <PasswordField first password={password} onPassword={setPassword} />
      <p className="muted">{t("user.passwordNote", { name: user.name })}</p>
    </FormDialog>
  );
}

const DAY_MS = 86_400_000;
const LIVES_DAYS = [30, 90, 365] as const;

function AddToken({ onAsk, onDone }: Props<Of<"addToken">>) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("");
  const submit = async () => {
    const made = await access.addToken(name, role, days ? Date.now() + Number(days) * DAY_MS : null);
    onDone();
    onAsk({ what: "newToken", name, secret: made.token });
  };
  return (
    <FormDialog
      title={t("token.add")}
      action={t("token.add")}
      ready={name !== ""}
      onSubmit={submit}
      onClose={() => onAsk(null)}
    >
      <NameField name={name} onName={setName} />
      <RoleField role={role} onRole={setRole} />
      <div className="field">
        <label htmlFor="token-life">{t("token.expires")}</label>
        <select id="token-life" className="input" value={days} onChange={(event) => setDays(event.target.value)}>
          <option value="">{t("token.never")}</option>
          {LIVES_DAYS.map((item) => (
            <option key={item} value={item}>
              {t("token.days", { n: item })}
            </option>
          ))}
        </select>
      </div>
    </FormDialog>
  );
}

function NewToken({ asked: { name, secret }, onAsk }: Props<Of<"newToken">>) {
  const copy = () => navigator.clipboard.writeText(secret).then(() => tell(t("copied")), tellError);
  return (
    <Dialog
      title={t("token.made", { name })}
      onClose={() => onAsk(null)}
      foot={
        <button type="button" className="button primary" onClick={() => onAsk(null)}>
          {t("close")}
        </button>
      }
    >
      <div className="field">
        <label htmlFor="token-secret">{t("token.secret")}</label>
        <div className="row">
          <input
            id="token-secret"
            data-first
            className="input mono"
            readOnly
            value={secret}
            onFocus={(event) => event.target.select()}
          />
          {/* browsers keep the clipboard from pages that came without TLS */}
          {isSecureContext && (
            <button type="button" className="button" onClick={() => void copy()}>
              {t("copy")}
            </button>
          )}
        </div>
        <p className="help">{t("token.once")}</p>
      </div>
    </Dialog>
  );
}

function Sure({ asked, onAsk, onDone }: Props<Question>) {
  const name = asked.what === "removeToken" ? asked.token.name : asked.user.name;
  const [action, text] = (
    {
      block: [t("user.block"), t("user.blockSure", { name })],
      removeUser: [t("user.remove"), t("user.removeSure", { name })],
      removeToken: [t("token.revoke"), t("token.revokeSure", { name })],
    } as const
  )[asked.what];
  const submit = async () => {
    if (asked.what === "removeToken") await access.removeToken(asked.token.id);
    else if (asked.what === "block") await access.changeUser(name, { disabled: true });
    else await access.removeUser(name);
    onDone();
  };
  return (
    <FormDialog title={`${action}: ${name}`} action={action} ready danger onSubmit={submit} onClose={() => onAsk(null)}>
      <p>{text}</p>
    </FormDialog>
  );
}
