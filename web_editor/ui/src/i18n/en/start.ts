// The words of the first minute: where a flow begins.
export const startWords = {
  "start.title": "Start a flow",
  "start.welcome": "Welcome. What should flow first?",
  "start.note": "Take a flow that works and make it yours, or drop a flow file anywhere on this page.",
  "start.blank": "Blank flow",
  "start.blankNote": "An empty canvas and the palette.",
  "start.importNote": "A YAML file, or its text.",
  "start.cookbook": "From the cookbook",
  "start.simulated": "Try with simulated data",
  "start.use": "Use",
  "start.simulatedComment": "Tried with simulated data",
  "start.noFlowFile": "That is no flow file: a .yaml of at most 1 MiB.",
};
