// One press of a page: asked about first where the flow wants that, sent once, and answered.
import { useState } from "react";
import { pages } from "../api/calls";
import { type ApiError, isKind } from "../api/http";
import type { Json, Page, Pressed, Widget } from "../api/types";
import { t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { visible } from "../logic/payload";
import { Dialog } from "../parts/Dialog";
import { tell, tellError } from "../state/notices";

/** What a person reads once the flow has taken it, or keeps it for what is away. */
export const outcomeText = (what: string, { state, reason }: Pressed): string =>
  state === "sent"
    ? t("page.sent", { what })
    : t("page.waiting", { what, reason: reason ? visible(reasonText(reason)) : t("page.notYet") });

/** What a person reads where the flow took it not; `titles` are what the form calls its fields. */
export const refusalText = (what: string, error: ApiError, titles: Readonly<Record<string, string>> = {}): string =>
  t("page.refused", { what, reason: visible(byTitle(reasonText(error.problem.detail ?? ""), titles)) });

/** A reason that begins with the name of a field says its title instead. */
function byTitle(reason: string, titles: Readonly<Record<string, string>>): string {
  const [, name = ""] = /^(?:payload\.)?([\w-]+)/.exec(reason) ?? [];
  const found = Object.hasOwn(titles, name) ? titles[name] : undefined;
  return found === undefined ? reason : reason.replace(/^[\w.-]+/, found);
}

const titlesOf = (widget: Widget): Readonly<Record<string, string>> =>
  widget.type === "form"
    ? Object.fromEntries(
        Object.entries(widget.schema.properties ?? {}).flatMap(([name, { title }]) => (title ? [[name, title]] : [])),
      )
    : {};

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
  const what = widget.title || label;
  const send = async () => {
    setAsking(false);
    setBusy(true);
    try {
      tell(outcomeText(what, await pages.press(page.flow, page.page, widget.id, value)));
      onSent?.();
    } catch (error) {
      if (isKind(error, "flow-refused")) tell(refusalText(what, error, titlesOf(widget)), "error");
      else tellError(error);
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
          title={what}
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
