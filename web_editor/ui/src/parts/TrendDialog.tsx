// The curve of one point, above whatever asked for it.
import { Suspense } from "react";
import { t } from "../i18n";
import { Dialog } from "./Dialog";
import { lazily } from "./lazily";

const TrendView = lazily(() => import("../panels/TrendView"));

export function TrendDialog({ point, onClose }: { point: string; onClose: () => void }) {
  return (
    <Dialog title={point} onClose={onClose} className="wide">
      <Suspense fallback={<p className="empty">{t("loading")}</p>}>
        <TrendView keys={[point]} />
      </Suspense>
    </Dialog>
  );
}
