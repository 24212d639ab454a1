// Deploys the flow that is open; says when there is something to deploy.
import { useDocument } from "../edit/editor";
import { show } from "../edit/overlays";
import { t } from "../i18n";

export function DeployButton() {
  const dirty = useDocument((state) => (state.flow?.dirty ?? false) || state.pending.length > 0);
  const running = useDocument((state) => state.flow?.running ?? false);
  return (
    <button
      type="button"
      className={dirty || !running ? "button primary deploy-button" : "button deploy-button"}
      onClick={() => show("deploy")}
    >
      {t("deploy")}
      {dirty && <span aria-hidden="true"> ●</span>}
      {dirty && <span className="sr">{t("flow.dirty")}</span>}
    </button>
  );
}
