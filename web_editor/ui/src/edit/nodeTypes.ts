// What is known of the node types: the palette first, schemas and forms when something needs them.
import { useEffect } from "react";
import { onceBack } from "../api/back";
import { catalog } from "../api/calls";
import type { NodeTypes } from "../api/types";
import { tellError } from "../state/notices";
import { editor, useEditor } from "./editor";

export async function loadPalette(): Promise<void> {
  if (editor.get().palette) return;
  try {
    editor.set({ palette: await onceBack(catalog.palette) });
    setTimeout(() => void askForTypes(), TYPES_AFTER_MS);
  } catch (error) {
    tellError(error);
  }
}

/** Reads them again: there is a new subflow. */
export async function refreshTypes(): Promise<void> {
  editor.set({ palette: await onceBack(catalog.palette) });
  if (editor.get().types) editor.set({ types: await onceBack(catalog.nodeTypes) });
}

/** Forms must work when the engine has gone away meanwhile; nothing on the first screen needs them. */
const TYPES_AFTER_MS = 2000;

let asking = false;

async function askForTypes(): Promise<void> {
  if (asking || editor.get().types) return;
  asking = true;
  try {
    const types = await onceBack(catalog.nodeTypes);
    const { Form } = await import("../forms/Form");
    editor.set({ types, form: Form });
  } catch (error) {
    tellError(error);
  } finally {
    asking = false;
  }
}

/** All that is known of the types; null until it has been read, which asking for it begins. */
export function useTypes(): NodeTypes | null {
  useEffect(() => void askForTypes(), []);
  return useEditor((state) => state.types);
}

/** The node types once they are there: who is quicker than the engine's answer waits for it instead of getting nothing. */
export function typesKnown(): Promise<NodeTypes> {
  void askForTypes();
  return new Promise((resolve) => {
    const look = () => {
      const { types } = editor.get();
      if (!types) return;
      stop();
      resolve(types);
    };
    const stop = editor.watch(look);
    look();
  });
}
