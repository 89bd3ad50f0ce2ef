// The telecaller's desk: live parts, number keys, the chime of an arriving call.
// The phone in the page is phone.ts.
import { chime } from "../chime.ts";
import { PhonePanel } from "../desk_phone.ts";
import { openFeed } from "../feed.ts";
import { startPreviews } from "../preview.ts";
import { loadTexts } from "../texts.ts";

let call = presentCall();

function presentCall(): string {
  return document.querySelector<HTMLElement>("[data-call]")?.dataset.call ?? "";
}

await loadTexts();
startPreviews();
openFeed("/desk/feed", ["messages", "state", "card", "work", "back", "own"], (name) => {
  if (name !== "card") return;
  const now = presentCall();
  if (now && now !== call) chime();
  call = now;
});
// After the feed: a phone that cannot be started, or waits for its user's leave, must
// not hold up the desk.
void new PhonePanel().open();

// A key does what the button with that data-key does, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const active = document.activeElement;
  const isWriting =
    active instanceof HTMLTextAreaElement ||
    active instanceof HTMLSelectElement ||
    (active instanceof HTMLInputElement && active.type !== "radio");
  if (isWriting) {
    if (event.key === "Escape") (active as HTMLElement).blur();
    return;
  }
  const button = document.querySelector<HTMLButtonElement>(
    `button[data-key="${CSS.escape(event.key)}"]`,
  );
  if (!button) return;
  event.preventDefault();
  button.click();
});
