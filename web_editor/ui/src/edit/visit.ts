// Going to a node of any flow: opens the flow, and shows the node once it is drawn.
import { go, route } from "../state/route";
import { documentOf } from "./documents";
import { editor } from "./editor";
import { showNode } from "./selection";

let give = () => {};

export function visit(flow: string, node: string): void {
  give();
  const now = route();
  if (now.screen !== "flow" || now.flow !== flow) go({ screen: "flow", flow });
  const document = documentOf(flow);
  const isDrawn = () => editor.get().document === document && document.store.get().places.has(node);
  const look = () => {
    if (!isDrawn()) return;
    give();
    showNode(node);
  };
  const stops = [editor.watch(look), document.store.watch(look)];
  give = () => {
    for (const stop of stops.splice(0)) stop();
  };
  look();
}
