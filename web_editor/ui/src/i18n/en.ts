// All English words. Their keys are the keys of every dictionary.
import { accessWords } from "./en/access";
import { commonWords } from "./en/common";
import { connectionWords } from "./en/connections";
import { editorWords } from "./en/editor";
import { faultWords } from "./en/faults";
import { pageWords } from "./en/pages";
import { secretWords } from "./en/secrets";
import { startWords } from "./en/start";
import { tourWords } from "./en/tour";
import { watchWords } from "./en/watch";

export const en = {
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
