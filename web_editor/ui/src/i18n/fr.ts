// All French words.
import { commonWords } from "./fr/common";
import { editorWords } from "./fr/editor";
import { watchWords } from "./fr/watch";
import type { Dictionary } from ".";

export const fr: Dictionary = { ...commonWords, ...editorWords, ...watchWords };
