// No module imports itself by way of others, be it for a type alone; but for fields that hold fields.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { expect, it } from "vitest";

const HELD = ["forms/FieldInput.tsx", "forms/ShapeInputs.tsx"]; // a group of fields is a field

const files = readdirSync("src", { recursive: true, encoding: "utf-8" }).filter((file) => /\.tsx?$/.test(file));
const known = new Set(files);
const arrows = new Map(
  files.map((file) => {
    const text = readFileSync(`src/${file}`, "utf-8");
    const named = [...text.matchAll(/^(?:import|export)\s[^"]*?from "(\.[^"]+)"/gms)].map(([, path]) =>
      normalize(`${dirname(file)}/${path}`),
    );
    const found = named.flatMap((base) =>
      [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`].filter((at) => known.has(at)),
    );
    return [file, found] as const;
  }),
);

/** Whatever can be reached from a module by its imports. */
function reach(from: string): Set<string> {
  const seen = new Set<string>();
  const todo = [...(arrows.get(from) ?? [])];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    todo.push(...(arrows.get(at) ?? []));
  }
  return seen;
}

it("reads the imports of every module", () => {
  expect([...arrows.values()].flat().length).toBeGreaterThan(700);
});

it("finds no module that leads back to itself", () => {
  expect(files.filter((file) => reach(file).has(file)).sort()).toEqual(HELD);
});
