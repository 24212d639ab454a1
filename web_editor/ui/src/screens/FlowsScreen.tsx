// All flows as a list: favourites, then by folder; found by typing.
import type { FlowSummary } from "../api/types";
import { show } from "../edit/overlays";
import { t } from "../i18n";
import { fitting, foldersOf, parted } from "../logic/folders";
import { Hits } from "../parts/Hits";
import { Icon } from "../parts/Icon";
import { LiveMark } from "../parts/LiveMark";
import { StateMark } from "../parts/StateMark";
import { Link } from "../shell/Link";
import { useAddress } from "../state/address";
import { flowList } from "../state/feeds";
import { prefer, preferences } from "../state/preferences";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useStore } from "../state/store";

export default function FlowsScreen() {
  const { flows, ready } = useStore(flowList, (state) => state);
  const favourites = useStore(preferences, (state) => state.favourites);
  const editable = useMay("integrator");
  const [typed, setTyped] = useAddress("search");
  const found = fitting(flows, typed);
  const [first, others] = parted(found, favourites);
  const folders = foldersOf(others);
  const isPlain = folders.length === 1 && folders[0]!.name === "" && first.length === 0;
  return (
    <div className="screen scroll" data-list="flows" tabIndex={0} role="region" aria-label={t("flows")}>
      <div className="screen-head">
        <h1>{t("flows")}</h1>
        {editable && (
          <button type="button" className="button" onClick={() => show("import")}>
            {t("flow.import")}
          </button>
        )}
        {editable && (
          <button type="button" className="button primary" onClick={() => go({ screen: "start" })}>
            {t("flow.new")}
          </button>
        )}
      </div>
      {flows.length > 0 && (
        <div className="toolbar">
          <input
            className="input"
            type="search"
            placeholder={t("flows.search")}
            aria-label={t("flows.search")}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <button type="button" className="button" onClick={() => show("search")}>
            <Icon name="search" size={14} /> {t("outline.search")}
          </button>
        </div>
      )}
      {ready && flows.length === 0 && <p className="empty">{t("flows.none")}</p>}
      {flows.length > 0 && found.length === 0 && <p className="empty">{t("nothingFound")}</p>}
      {first.length > 0 && <Group name={t("flows.favourites")} flows={first} typed={typed} />}
      {isPlain ? (
        <Cards flows={others} typed={typed} />
      ) : (
        folders.map(({ name, flows }) => (
          <Group key={name} name={name || t("flows.noFolder")} flows={flows} typed={typed} />
        ))
      )}
    </div>
  );
}

function Group({ name, flows, typed }: { name: string; flows: readonly FlowSummary[]; typed: string }) {
  return (
    <details className="folder" open>
      <summary>
        <h2>
          <Hits text={name} typed={typed} />
        </h2>{" "}
        <span className="muted">({flows.length})</span>
      </summary>
      <Cards flows={flows} typed={typed} Title="h3" />
    </details>
  );
}

type Heading = "h2" | "h3";

const Cards = ({ flows, typed, Title = "h2" }: { flows: readonly FlowSummary[]; typed: string; Title?: Heading }) => (
  <div className="widgets">
    {flows.map((flow) => (
      <Card key={flow.id} flow={flow} typed={typed} Title={Title} />
    ))}
  </div>
);

function Card({ flow, typed, Title }: { flow: FlowSummary; typed: string; Title: Heading }) {
  return (
    <div className="card widget">
      <div className="row">
        <Title className="title grow">
          <Link to={{ screen: "flow", flow: flow.id }}>
            <Hits text={flow.title || flow.id} typed={typed} />
          </Link>
        </Title>
        <Favour flow={flow} />
      </div>
      <p className="muted">
        <code>
          <Hits text={flow.id} typed={typed} />
        </code>{" "}
        · {t("flow.nodes", { n: flow.nodes })}
      </p>
      <div className="row wrap">
        <LiveMark state={flow.running ? 1 : 0} text={t(flow.running ? "flow.running" : "flow.stopped")} />
        {flow.errors > 0 && <StateMark state={3} text={t("problems.count", { n: flow.errors })} />}
        {flow.dirty && (
          <span className="chip muted">{flow.author ? t("flow.draft", { who: flow.author }) : t("flow.dirty")}</span>
        )}
      </div>
    </div>
  );
}

function Favour({ flow }: { flow: FlowSummary }) {
  const favourites = useStore(preferences, (state) => state.favourites);
  const isOne = favourites.includes(flow.id);
  const turn = () =>
    prefer({ favourites: isOne ? favourites.filter((id) => id !== flow.id) : [...favourites, flow.id] });
  return (
    <button
      type="button"
      className={isOne ? "button plain icon favourite" : "button plain icon"}
      aria-label={t("flow.favour", { name: flow.title || flow.id })}
      aria-pressed={isOne}
      onClick={turn}
    >
      <Icon name="star" />
    </button>
  );
}
