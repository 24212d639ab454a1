// Colours of the present theme, for what is drawn. No React.

/** Looks up custom properties. They hold both themes; only a painted element knows which one counts. */
export function painted<Name extends string>(within: HTMLElement, names: readonly Name[]): Record<Name, string> {
  const probe = document.createElement("span");
  within.append(probe);
  const colours = Object.fromEntries(
    names.map((name) => {
      probe.style.color = `var(${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return colours as Record<Name, string>;
}
