// One message before a node, heard while somebody writes an expression there and has tapped nothing: its names are offered.
import { live } from "../api/live";
import type { Graph } from "../api/types";
import type { Sample } from "../logic/sample";
import { status } from "../state/feeds";
import { createStore } from "../state/store";

export const heard = createStore<{ samples: Readonly<Record<string, Sample>> }>({ samples: {} });
export const placeOf = (flow: string, node: string) => `${flow}/${node}`;

/** Listens on the wires to a node until one message came or the returned function is called. */
export function hearOne(flow: string, node: string, graph: Pick<Graph, "wires">): () => void {
  const stops = graph.wires
    .filter(({ to, id }) => to === node && status.carries(id))
    .map(({ id }) =>
      live.subscribe(
        "messages",
        { flow, wire: id },
        {
          snapshot: () => {},
          delta: ({ messages = [] }) => {
            const found = messages.find(({ encoding, cut }) => encoding !== "base64" && !cut);
            if (!found) return;
            const { payload, topic, meta } = found;
            const { samples } = heard.get();
            heard.set({ samples: { ...samples, [placeOf(flow, node)]: { payload, topic: topic ?? "", meta } } });
            stop();
          },
          failed: () => {}, // the wire went with a deploy: nothing is offered
        },
        1,
      ),
    );
  const stop = () => {
    for (const end of stops.splice(0)) end();
  };
  return stop;
}
