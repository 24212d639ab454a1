// Which dialog lies over the editor, and which tab is beside it. Opens nothing itself.
import { editor, type Overlay } from "./editor";

export const show = (overlay: Overlay) => editor.set({ overlay });
