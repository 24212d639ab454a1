// Somebody deleted the node that a person was typing into: it is said, and what was typed can be copied.
import { useMemo } from "react";
import { useDocument } from "../edit/editor";
import { forgetTyping, lostIn, typing } from "../edit/typing";
import { t } from "../i18n";
import { useStore } from "../state/store";

export function LostTyping() {
  const flow = useDocument((state) => state.flow?.id);
  const graph = useDocument((state) => state.graph);
  const texts = useStore(typing, (state) => state.texts);
  const lost = useMemo(
    () => (flow && graph ? lostIn(texts, flow, new Set(graph.nodes.map(({ id }) => id))) : []),
    [texts, flow, graph],
  );
  return lost.map(({ path, node, field, text }) => (
    <div key={path.join()} className="banner" role="alert">
      <span className="grow">
        <strong>{t("lost.title", { node })}</strong> {t("lost.typed", { field, text })}
      </span>
      {/* browsers keep the clipboard from pages that came without TLS: there the text can be selected */}
      {isSecureContext && (
        <button type="button" className="button" onClick={() => void navigator.clipboard.writeText(text)}>
          {t("lost.copy")}
        </button>
      )}
      <button type="button" className="button" onClick={() => forgetTyping(path)}>
        {t("lost.drop")}
      </button>
    </div>
  ));
}
