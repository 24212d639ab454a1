// Who is logged in, and what is a matter of taste: language, theme, password.
import { type FormEvent, useState } from "react";
import { session } from "../api/calls";
import { speak, theme } from "../dialogs/commands";
import { show } from "../edit/overlays";
import { currentLanguage, t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { tell, tellError } from "../state/notices";
import { preferences } from "../state/preferences";
import { logOut, useSession } from "../state/session";
import { useStore } from "../state/store";

export function AccountMenu() {
  const [open, setOpen] = useState(false);
  const user = useSession()?.user;
  return (
    <>
      <button
        type="button"
        className="button icon"
        aria-haspopup="dialog"
        aria-label={t("account")}
        onClick={() => setOpen(true)}
      >
        <Icon name="user" />
      </button>
      {open && user && (
        <Dialog title={`${user.name} · ${t(`role.${user.role}`)}`} onClose={() => setOpen(false)}>
          <Taste />
          <Password />
          <div className="row wrap">
            <button
              type="button"
              className="button"
              onClick={() => {
                setOpen(false);
                show("help");
              }}
            >
              {t("help")}
            </button>
            <button type="button" className="button" onClick={() => void logOut().catch(tellError)}>
              {t("logOut")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Taste() {
  const chosen = useStore(preferences, (state) => state.theme);
  return (
    <div className="row wrap" style={{ gap: 24 }}>
      <div className="row" role="group" aria-label={t("language")}>
        {(["en", "fr"] as const).map((item) => (
          <button
            key={item}
            type="button"
            className="button"
            lang={item}
            aria-pressed={currentLanguage() === item}
            onClick={() => speak(item)}
          >
            {item === "en" ? "English" : "Français"}
          </button>
        ))}
      </div>
      <div className="row" role="group" aria-label={t("theme")}>
        {(
          [
            ["light", "theme.light"],
            ["dark", "theme.dark"],
            [null, "theme.system"],
          ] as const
        ).map(([item, word]) => (
          <button
            key={word}
            type="button"
            className="button"
            aria-pressed={chosen === item}
            onClick={() => theme(item)}
          >
            {t(word)}
          </button>
        ))}
      </div>
    </div>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await session.changePassword(old, next);
      tell(t("password.changed"));
      setOld("");
      setNext("");
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <details>
      <summary className="label">{t("password.change")}</summary>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="old-password">{t("password.old")}</label>
          <input
            id="old-password"
            className="input"
            type="password"
            autoComplete="current-password"
            required
            value={old}
            onChange={(event) => setOld(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="new-password">{t("password.new")}</label>
          <input
            id="new-password"
            className="input"
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            maxLength={200}
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </div>
        <div>
          <button type="submit" className="button">
            {t("password.change")}
          </button>
        </div>
      </form>
    </details>
  );
}
