// All French words.
import { accessWords } from "./fr/access";
import { commonWords } from "./fr/common";
import { editorWords } from "./fr/editor";
import { faultWords } from "./fr/faults";
import { watchWords } from "./fr/watch";
import type { Dictionary } from ".";

export const fr: Dictionary = { ...accessWords, ...commonWords, ...editorWords, ...faultWords, ...watchWords };
