// The operator pages that the flows offer.
import { pages } from "../api/calls";
import { t } from "../i18n";
import { usePaged } from "../parts/paged";
import { Link } from "../shell/Link";

export default function PagesScreen() {
  const paged = usePaged(() => pages.list(), []);
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("pages")}>
      <div className="screen-head">
        <h1>{t("pages")}</h1>
      </div>
      {paged.done && paged.items.length === 0 && <p className="empty">{t("pages.none")}</p>}
      <div className="widgets">
        {paged.items.map(({ flow, page, title }) => (
          <div key={`${flow}/${page}`} className="card widget">
            <h2 className="title">
              <Link to={{ screen: "page", flow, page }}>{title}</Link>
            </h2>
            <p className="muted">{flow}</p>
          </div>
        ))}
      </div>
    </div>
  );
}
