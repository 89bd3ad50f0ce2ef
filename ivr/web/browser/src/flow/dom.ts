// Elements in one line each. Text is text: nothing here is parsed as HTML.
type Child = Node | string;
type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function find<T extends HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

// Fill `element` anew and leave the keyboard where it was.
export function refill(element: HTMLElement, children: Child[]): void {
  const active = document.activeElement;
  const id = active instanceof HTMLElement && element.contains(active) ? active.id : "";
  element.replaceChildren(...children);
  if (id) document.getElementById(id)?.focus({ preventScroll: true });
}
