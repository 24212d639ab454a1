// Before anything else: logging in, and setting the first password.
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { session } from "../api/calls";
import { ApiError } from "../api/http";
import type { Session } from "../api/types";
import { t } from "../i18n";
import { go } from "../state/route";
import { readSession, take } from "../state/session";

const SHORTEST = 10;

export function Entry({ setup }: { setup: boolean }) {
  return <main className="entry">{setup ? <SetUp /> : <LogIn />}</main>;
}

function Frame({
  title,
  note,
  fault,
  children,
  onSubmit,
}: {
  title: string;
  note?: string;
  fault: string | null;
  children: ReactNode;
  onSubmit: () => Promise<Session | null>;
}) {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      const next = await onSubmit();
      if (next) take(next);
    } catch (error) {
      setRefused(explain(error));
    } finally {
      setBusy(false);
    }
  };
  const shown = fault ?? refused;
  return (
    <form className="card stack" onSubmit={(event) => void submit(event)}>
      <div className="brand">
        <img src="/favicon.svg" alt="" />
        flowengine
      </div>
      <h1>{title}</h1>
      {note && <p className="muted">{note}</p>}
      {children}
      {shown && (
        <p className="fault" role="alert">
          {shown}
        </p>
      )}
      <button type="submit" className="button primary large" disabled={busy}>
        {title}
      </button>
    </form>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.kind === "wrong-password") return t("entry.wrong");
  if (error.kind === "throttled") return t("entry.throttled", { n: Math.ceil(error.problem.retry_after_s ?? 60) });
  return error.isAway ? t("gone.short") : error.message;
}

function Input({
  id,
  label,
  type,
  value,
  onValue,
  complete,
  first = false,
  help,
}: {
  id: string;
  label: string;
  type: string;
  value: string;
  onValue: (text: string) => void;
  complete: string;
  first?: boolean;
  help?: string;
}) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        type={type}
        value={value}
        required
        autoFocus={first}
        autoComplete={complete}
        maxLength={200}
        onChange={(event) => onValue(event.target.value)}
        {...(help ? { "aria-describedby": `${id}-help` } : {})}
      />
      {help && (
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

function LogIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <Frame title={t("entry.logIn")} fault={null} onSubmit={() => session.logIn(name, password)}>
      <Input id="name" label={t("entry.name")} type="text" value={name} onValue={setName} complete="username" first />
      <Input
        id="password"
        label={t("entry.password")}
        type="password"
        value={password}
        onValue={setPassword}
        complete="current-password"
      />
    </Frame>
  );
}

function SetUp() {
  const [token, setToken] = useState(() => decodeURIComponent(location.hash.slice(1)));
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const submit = async () => {
    const wrong =
      password.length < SHORTEST ? t("entry.short", { n: SHORTEST }) : password !== again ? t("entry.differ") : null;
    setFault(wrong);
    if (wrong) return null;
    const next = await session.setUp(token.trim(), name, password);
    go({ screen: "home" }, true); // the one-time token leaves the address bar
    return next;
  };
  return (
    <Frame title={t("entry.setUp")} note={t("entry.setUpNote")} fault={fault} onSubmit={submit}>
      <Input
        id="token"
        label={t("entry.token")}
        type="text"
        value={token}
        onValue={setToken}
        complete="off"
        help={t("entry.tokenHelp")}
      />
      <Input id="name" label={t("entry.name")} type="text" value={name} onValue={setName} complete="username" />
      <Input
        id="password"
        label={t("entry.password")}
        type="password"
        value={password}
        onValue={setPassword}
        complete="new-password"
        help={t("entry.short", { n: SHORTEST })}
        first
      />
      <Input
        id="again"
        label={t("entry.again")}
        type="password"
        value={again}
        onValue={setAgain}
        complete="new-password"
      />
    </Frame>
  );
}

const AGAIN_MS = 1000;

/** The engine was not there when the page was opened: it is asked until it is. */
export function NoAnswer() {
  useEffect(() => {
    const timer = setInterval(() => void readSession(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <main className="entry">
      <div className="card stack">
        <h1>{t("gone.title")}</h1>
        <p>{t("gone.short")}</p>
        <button type="button" className="button" onClick={() => void readSession()}>
          {t("retry")}
        </button>
      </div>
    </main>
  );
}
