// What a palette item carries while it is dragged.
export const DRAG_KIND = "application/x-flowengine-node";
