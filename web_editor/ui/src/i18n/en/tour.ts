// The words of the tour.
export const tourWords = {
  "tour.start": "Tour of the editor",
  "tour.step": "{n} of {total}",
  "tour.skip": "Skip the tour",
  "tour.next": "Next",
  "tour.done": "Done",
  "tour.canvas":
    "This is the flow. Messages go from left to right; every node says its state, every wire how much passes. Drag from a port to another node to wire them.",
  "tour.palette": "Everything a flow can be built of. Drag a type onto the canvas, click it, or press A.",
  "tour.properties":
    "What is selected: its settings as a form, the whole flow as text, and the help. Form and text are always the same file.",
  "tour.messages":
    "What passes, as it passes: select a node and press Tap. Alarms, live values and trends are beside it.",
  "tour.deploy": "Edits are a draft. Deploy shows what changes and which nodes restart; the rest goes on running.",
  "tour.commands": "Everything has a name: Ctrl+K finds it. Press ? for the keys.",
};
