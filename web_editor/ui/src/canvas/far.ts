// Whether the canvas is too far away to read. A store of its own: asking the canvas library costs each node a look at
// every frame of a pan, this one speaks up only when the answer changes.
import { createStore, useStore } from "../state/store";

export const FAR_ZOOM = 0.5;
const view = createStore({ far: false });

export const setFar = (far: boolean) => view.set({ far });
export const useFarView = () => useStore(view, (state) => state.far);
