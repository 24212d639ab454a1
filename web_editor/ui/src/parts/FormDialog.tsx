// A dialog that is filled in and sent. It stays open, with the reason shown, when what it asks for is refused.
import { type FormEvent, type ReactNode, useState } from "react";
import { t } from "../i18n";
import { tellError } from "../state/notices";
import { Dialog } from "./Dialog";

type Props = {
  title: string;
  action: string;
  ready: boolean;
  danger?: boolean;
  children: ReactNode;
  onSubmit: () => Promise<void> | void;
  onClose: () => void;
};

export function FormDialog({ title, action, ready, danger = false, children, onSubmit, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await onSubmit();
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {children}
        <div className="row" style={{ justifyContent: "end" }}>
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className={danger ? "button danger" : "button primary"} disabled={busy || !ready}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
