// What every page loads: htmx, without anything that a strict
// Content-Security-Policy forbids (eval, style elements of its own), and with the
// session's CSRF token on whatever it sends; clocks that count from a time.
import htmx from "htmx.org";
import { startClocks } from "../clocks.ts";
import { CSRF, csrf } from "../post.ts";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // people's data does not stay in local storage

document.addEventListener("htmx:configRequest", (event) => {
  const { headers } = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  headers[CSRF] = csrf();
});
// A form with data-confirm asks before it is sent.
document.addEventListener("submit", (event) => {
  const asks = (event.target as HTMLElement).dataset.confirm;
  if (asks && !window.confirm(asks)) event.preventDefault();
});
startClocks();

// What an action answers: a failure is shown in [data-said], success clears it.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  const said = document.querySelector<HTMLElement>("[data-said]");
  if (said && xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    said.innerHTML = xhr.responseText;
  }
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { successful, elt } = (event as CustomEvent<{ successful: boolean; elt: HTMLElement }>).detail;
  const said = document.querySelector<HTMLElement>("[data-said]");
  if (!said || !successful) return;
  const done = elt.dataset.done;
  said.replaceChildren();
  if (done) {
    const text = document.createElement("p");
    text.className = "well";
    text.textContent = done;
    said.append(text);
  }
});
