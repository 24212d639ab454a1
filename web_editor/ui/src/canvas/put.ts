// Text of the page that changes many times a second. No React.
/** Changes the text in its place: a new text node would cost a new layout of all around it. */
export function put(element: Element, text: string): void {
  const { firstChild } = element;
  if (!firstChild) element.textContent = text;
  else if (firstChild.nodeValue !== text) firstChild.nodeValue = text;
}
