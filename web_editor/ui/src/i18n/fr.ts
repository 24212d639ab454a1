// All French words.
import { accessWords } from "./fr/access";
import { commonWords } from "./fr/common";
import { editorWords } from "./fr/editor";
import { watchWords } from "./fr/watch";
import type { Dictionary } from ".";

export const fr: Dictionary = { ...accessWords, ...commonWords, ...editorWords, ...watchWords };
