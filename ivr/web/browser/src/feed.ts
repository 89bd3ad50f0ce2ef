// Live parts of a page: each event of the feed replaces the element whose data-part
// is the event's name. The server sends states, so after a drop the browser says what
// it has (Last-Event-ID, by EventSource itself) and gets what differs. A screen that
// has heard nothing for a while says so (data-feed-state): a beat comes every 5 s.
import htmx from "htmx.org";
import { t } from "./texts.ts";

const STALE_AFTER_MS = 12_000;

export interface Feed {
  close(): void;
}

export function openFeed(
  address: string,
  parts: string[],
  onPart: (name: string, element: HTMLElement) => void = () => {},
): Feed {
  const source = new EventSource(address);
  let heardAt = Date.now();
  let isOver = false;

  const heard = (): void => {
    heardAt = Date.now();
    show(true, 0);
  };
  source.addEventListener("open", heard);
  source.addEventListener("beat", heard);
  source.addEventListener("goodbye", () => {
    isOver = true;
    source.close();
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  });
  for (const name of parts) {
    source.addEventListener(name, (event) => {
      heard();
      const element = document.querySelector<HTMLElement>(`[data-part="${name}"]`);
      if (!element) return;
      keepFocus(element, () => {
        element.innerHTML = (event as MessageEvent<string>).data;
        htmx.process(element);
      });
      onPart(name, element);
    });
  }
  const watch = window.setInterval(() => {
    const silentMs = Date.now() - heardAt;
    if (silentMs > STALE_AFTER_MS && !isOver) show(false, Math.round(silentMs / 1000));
    // A source that gave up (an error page instead of events) is asked again.
    if (source.readyState === EventSource.CLOSED && !isOver && silentMs > STALE_AFTER_MS) {
      isOver = true;
      location.reload();
    }
  }, 1000);
  return {
    close: () => {
      window.clearInterval(watch);
      source.close();
    },
  };
}

function show(isFresh: boolean, seconds: number): void {
  document.body.dataset.stale = isFresh ? "no" : "yes";
  const state = document.querySelector<HTMLElement>("[data-feed-state]");
  if (!state) return;
  const text = isFresh
    ? t("Connected")
    : t("No connection: what you see is %(seconds)s seconds old", { seconds });
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("alarm", !isFresh);
}

// What is swapped must not take the keyboard away from who is in it.
function keepFocus(element: HTMLElement, swap: () => void): void {
  const active = document.activeElement;
  const id = active instanceof HTMLElement && element.contains(active) ? active.id : "";
  swap();
  if (id) document.getElementById(id)?.focus();
}
