// Who else has a flow open.
import { useEffect } from "react";
import { t } from "../i18n";
import { People } from "../parts/People";
import { tellWhere, useOthers } from "../state/people";

export function Others({ flow }: { flow: string }) {
  const names = useOthers(flow);
  useEffect(tellWhere, [flow]);
  return names.length ? <People names={names} label={t("people.flow", { names: names.join(", ") })} /> : null;
}
