// Preview: the page dials whom it shows when the time to read their card is over. A
// pause takes the button away, and with it the countdown.
import { lasting } from "./clocks.ts";

let contact = "";
let endsAt = 0;

export function startPreviews(): void {
  window.setInterval(look, 250);
}

function look(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-dial-after]");
  const shown = button?.dataset.contact ?? "";
  if (shown !== contact) {
    contact = shown;
    endsAt = Date.now() + Number(button?.dataset.dialAfter ?? 0) * 1000;
  }
  if (!button || endsAt === Infinity) return;
  const left = Math.ceil((endsAt - Date.now()) / 1000);
  const words = button.querySelector<HTMLElement>("[data-left]");
  if (words) words.textContent = lasting(Math.max(0, left));
  if (left > 0) return;
  endsAt = Infinity; // once for each person
  button.click();
}
