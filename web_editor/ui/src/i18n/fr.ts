// All French words.

import type { Dictionary } from ".";
import { accessWords } from "./fr/access";
import { commonWords } from "./fr/common";
import { connectionWords } from "./fr/connections";
import { editorWords } from "./fr/editor";
import { faultWords } from "./fr/faults";
import { pageWords } from "./fr/pages";
import { secretWords } from "./fr/secrets";
import { startWords } from "./fr/start";
import { tourWords } from "./fr/tour";
import { watchWords } from "./fr/watch";

export const fr: Dictionary = {
  ...accessWords,
  ...commonWords,
  ...connectionWords,
  ...editorWords,
  ...faultWords,
  ...pageWords,
  ...secretWords,
  ...startWords,
  ...tourWords,
  ...watchWords,
};

export { reasons } from "./fr/reasons";
