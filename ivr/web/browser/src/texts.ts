// The words that the browser writes itself, in the user's language. Messages are
// written in English here; the page names the catalogue (meta "texts").
let messages: Record<string, string> = {};

export async function loadTexts(): Promise<void> {
  const address = document.querySelector<HTMLMetaElement>('meta[name="texts"]')?.content;
  if (!address) return;
  try {
    const answer = await fetch(address);
    if (answer.ok) messages = (await answer.json()) as Record<string, string>;
  } catch {
    // English words are better than none.
  }
}

// A message's %(names)s are filled in from `values`.
export function t(message: string, values: Record<string, string | number> = {}): string {
  const text = messages[message] ?? message;
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}
