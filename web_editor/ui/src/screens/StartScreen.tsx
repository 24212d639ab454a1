// Where a flow begins: from the cookbook, from a file, or from nothing.
import "../theme/start.css";
import { useEffect, useState } from "react";
import { cookbook, flows } from "../api/calls";
import type { Recipe } from "../api/types";
import { show } from "../edit/overlays";
import { currentLanguage, t } from "../i18n";
import { freeName } from "../logic/find";
import { FlowPicture } from "../parts/FlowPicture";
import { Icon } from "../parts/Icon";
import { startTourOnce } from "../shell/tourStore";
import { flowList } from "../state/feeds";
import { tellError } from "../state/notices";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { FRENCH_RECIPES } from "./recipes";

export default function StartScreen() {
  const editable = useMay("integrator");
  const empty = useStore(flowList, (state) => state.ready && state.flows.length === 0);
  const [recipes, setRecipes] = useState<readonly Recipe[] | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  useEffect(() => {
    if (editable) cookbook.list().then(({ items }) => setRecipes(items), tellError);
  }, [editable]);
  const begin = async (recipe: Recipe, simulated: boolean) => {
    setBusy(recipe.name);
    try {
      const taken = new Set(flowList.get().flows.map(({ id }) => id));
      const made = await cookbook.start(recipe.name, freeName(recipe.name, taken), simulated);
      if (simulated) await flows.deploy(made.id, t("start.simulatedComment"), false, made.etag);
      startTourOnce();
      go({ screen: "flow", flow: made.id });
    } catch (error) {
      tellError(error);
      setBusy(null);
    }
  };
  if (!editable) return <p className="empty">{t("flows.none")}</p>;
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={t("start.title")}>
      <div className="start">
        <header>
          <h1>{t(empty ? "start.welcome" : "start.title")}</h1>
          <p className="muted">{t("start.note")}</p>
        </header>
        <div className="start-ways">
          <button type="button" className="start-way" onClick={() => show("newFlow")}>
            <Icon name="plus" size={20} />
            <strong>{t("start.blank")}</strong>
            <span className="muted">{t("start.blankNote")}</span>
          </button>
          <button type="button" className="start-way" onClick={() => show("import")}>
            <Icon name="upload" size={20} />
            <strong>{t("flow.import")}</strong>
            <span className="muted">{t("start.importNote")}</span>
          </button>
        </div>
        <h2>{t("start.cookbook")}</h2>
        <div className="start-recipes">
          {recipes?.map((recipe) => (
            <Card key={recipe.name} recipe={recipe} busy={busy} onBegin={begin} />
          ))}
        </div>
        {!recipes && <p className="empty">{t("loading")}</p>}
      </div>
    </div>
  );
}

type CardProps = {
  recipe: Recipe;
  busy: string | null;
  onBegin: (recipe: Recipe, simulated: boolean) => Promise<void>;
};

function Card({ recipe, busy, onBegin }: CardProps) {
  const french = currentLanguage() === "fr" ? FRENCH_RECIPES[recipe.name] : undefined;
  const [title, summary] = french ?? [recipe.title, recipe.summary];
  return (
    <article className="card recipe" aria-label={title} aria-busy={busy === recipe.name}>
      {recipe.graph && <FlowPicture graph={recipe.graph} />}
      <h3>{title}</h3>
      <p className="muted">{summary}</p>
      <div className="row wrap">
        <button
          type="button"
          className="button primary"
          disabled={busy !== null}
          onClick={() => void onBegin(recipe, true)}
        >
          <Icon name="play" size={12} />
          {t("start.simulated")}
        </button>
        <button type="button" className="button" disabled={busy !== null} onClick={() => void onBegin(recipe, false)}>
          {t("start.use")}
        </button>
      </div>
    </article>
  );
}
