// What the library's own controls are called.
import { t } from "../i18n";

export function ariaLabels() {
  return {
    "controls.ariaLabel": t("canvas.controls"),
    "controls.zoomIn.ariaLabel": t("canvas.zoomIn"),
    "controls.zoomOut.ariaLabel": t("canvas.zoomOut"),
    "controls.fitView.ariaLabel": t("canvas.fit"),
    "minimap.ariaLabel": t("canvas.minimap"),
    "handle.ariaLabel": t("canvas.port"),
  };
}
