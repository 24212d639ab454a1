// The page that a flow offers, as it runs, beside its drawing.
import { useEffect, useState } from "react";
import { pages } from "../api/calls";
import { isKind } from "../api/http";
import type { Page } from "../api/types";
import { useDocument } from "../edit/editor";
import { t } from "../i18n";
import { Link } from "../shell/Link";
import { Widgets } from "./PageScreen";

export default function BesidePage() {
  const flow = useDocument((state) => state.flow?.id ?? "");
  const revision = useDocument((state) => state.flow?.revision ?? "");
  const names = useDocument((state) => state.graph?.pages);
  const [chosen, setChosen] = useState("");
  const name = names?.includes(chosen) ? chosen : (names?.[0] ?? "");
  const [page, setPage] = useState<Page | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    let wanted = true;
    setFault("");
    pages.read(flow, name).then(
      (found) => wanted && setPage(found),
      // of a page that only the draft has nothing runs yet
      (error) => wanted && setFault(isKind(error, "not-found") ? t("page.none") : String(error.message)),
    );
    return () => {
      wanted = false;
    };
  }, [flow, name, revision]);
  if (fault) return <p className="empty">{fault}</p>;
  if (!page) return <p className="empty">{t("loading")}</p>;
  return (
    <div className="beside scroll grow" data-panel="page" tabIndex={0} role="region" aria-label={page.title}>
      <div className="row wrap">
        <h2 className="grow">{page.title}</h2>
        {names && names.length > 1 && (
          <select
            className="input auto"
            aria-label={t("page")}
            value={name}
            onChange={(event) => setChosen(event.target.value)}
          >
            {names.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
        <Link to={{ screen: "page", flow, page: name }} className="button">
          {t("open")}
        </Link>
      </div>
      <Widgets page={page} />
    </div>
  );
}
