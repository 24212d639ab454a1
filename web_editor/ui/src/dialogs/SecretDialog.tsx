// A secret is typed once and goes to the engine; nothing here keeps or shows it.
import { useState } from "react";
import { secrets } from "../api/calls";
import { t } from "../i18n";
import { FormDialog } from "../parts/FormDialog";
import { tell } from "../state/notices";

type Props = { name?: string; fixed?: boolean; onDone: (name: string) => void; onClose: () => void };

export const SECRET_NAME = "[A-Za-z_][A-Za-z0-9_.\\-]{0,63}";

export default function SecretDialog({ name: given = "", fixed = false, onDone, onClose }: Props) {
  const [name, setName] = useState(given);
  const [value, setValue] = useState("");
  const [lines, setLines] = useState(false);
  const submit = async () => {
    const row = await secrets.put(name, value);
    tell(t(row.sealed ? "secret.keptSealed" : "secret.kept", { name }));
    onDone(name);
  };
  const shared = {
    id: "secret-value",
    ...(fixed ? { "data-first": true } : {}),
    required: true,
    value,
    spellCheck: false,
    "aria-describedby": "secret-value-help",
    onChange: (event: { target: { value: string } }) => setValue(event.target.value),
  };
  return (
    <FormDialog
      title={fixed ? t("secret.again", { name }) : t("secret.new")}
      action={t("secret.keep")}
      ready={name !== "" && value.trim() !== ""}
      onSubmit={submit}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor="secret-name">{t("name")}</label>
        <input
          id="secret-name"
          {...(fixed ? {} : { "data-first": true })}
          className="input mono"
          value={name}
          required
          disabled={fixed}
          pattern={SECRET_NAME}
          autoComplete="off"
          spellCheck={false}
          aria-describedby="secret-name-help"
          onChange={(event) => setName(event.target.value)}
        />
        <p id="secret-name-help" className="help">
          {t("secret.nameHelp")}
        </p>
      </div>
      <div className="field">
        <label htmlFor="secret-value">{t("secret.value")}</label>
        {lines ? (
          <textarea className="input mono" rows={8} {...shared} autoComplete="off" />
        ) : (
          <input className="input" type="password" {...shared} autoComplete="new-password" />
        )}
        <p id="secret-value-help" className="help">
          {t("secret.once")}
        </p>
      </div>
      <label className="row">
        <input type="checkbox" checked={lines} onChange={(event) => setLines(event.target.checked)} />
        {t("secret.lines")}
      </label>
    </FormDialog>
  );
}
