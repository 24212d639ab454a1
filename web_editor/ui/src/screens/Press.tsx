// One press of a page: asked about first where the flow wants that, sent once, and answered.
import { useState } from "react";
import { pages } from "../api/calls";
import type { Json, Page, Widget } from "../api/types";
import { t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { tell, tellError } from "../state/notices";

type PressProps = {
  page: Page;
  widget: Widget;
  value: Json;
  label: string;
  confirm: string | null;
  large?: boolean;
  pressed?: boolean;
  disabled?: boolean;
  onSent?: () => void;
};

/** One press: asked about first where the flow wants that, sent once, and answered. */
export function Press({
  page,
  widget,
  value,
  label,
  confirm,
  large = false,
  pressed,
  disabled = false,
  onSent,
}: PressProps) {
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const send = async () => {
    setAsking(false);
    setBusy(true);
    try {
      await pages.press(page.flow, page.page, widget.id, value);
      tell(t("page.sent", { what: widget.title || label }));
      onSent?.();
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        className={large ? "button primary large" : "button large"}
        disabled={busy || disabled || !widget.may}
        {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
        onClick={() => (confirm ? setAsking(true) : void send())}
      >
        {label}
      </button>
      {large && !widget.may && <p className="muted small">{t("page.notAllowed")}</p>}
      {asking && (
        <Dialog
          title={widget.title || label}
          onClose={() => setAsking(false)}
          foot={
            <>
              <button type="button" className="button large" onClick={() => setAsking(false)}>
                {t("cancel")}
              </button>
              <button type="button" className="button primary large" data-first onClick={() => void send()}>
                {label}
              </button>
            </>
          }
        >
          <p>{confirm}</p>
        </Dialog>
      )}
    </>
  );
}
