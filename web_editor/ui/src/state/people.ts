// Who else is here and what they look at; and telling them where we are.
import { live } from "../api/live";
import type { Person } from "../api/types";
import { editor } from "../edit/editor";
import { route } from "./route";
import { sessions } from "./session";
import { createStore, useStore } from "./store";

const people = createStore<{ people: readonly Person[] }>({ people: [] });

export function followPeople(): void {
  live.subscribe("people", {}, { snapshot: (data) => people.set(data), delta: (data) => people.set(data) });
  editor.watch(tellWhere);
}

export function tellWhere(): void {
  const { nodes, document } = editor.get();
  const here = route();
  const flow = here.screen === "flow" ? here.flow : "";
  live.tell(flow, flow && document?.id === flow && nodes.size === 1 ? [...nodes][0]! : "");
}

export const isOther = ({ name }: Person) => name !== sessions.get().session?.user?.name;

/** Others in this flow, at this node where one is given. A text, so that equal answers are equal. */
export function useOthers(flow: string, node?: string): string[] {
  const names = useStore(people, (state) =>
    [
      ...new Set(
        state.people
          .filter((each) => isOther(each) && each.flow === flow && (node === undefined || each.node === node))
          .map(({ name }) => name),
      ),
    ].join("\n"),
  );
  return names ? names.split("\n") : [];
}
