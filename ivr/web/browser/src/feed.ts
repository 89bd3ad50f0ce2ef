// Live parts of a page: each event of the feed replaces the element whose data-part
// is the event's name. The server sends states, so after a drop the browser says what
// it has (Last-Event-ID, by EventSource itself; ?has= where it gave up) and gets what differs. A screen that
// has heard nothing for a while says so (data-feed-state): a beat comes every 5 s.
import htmx from "htmx.org";
import { t } from "./texts.ts";

const STALE_AFTER_MS = 12_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;

export interface Feed {
  close(): void;
}

export function openFeed(
  address: string,
  parts: string[],
  onPart: (name: string, element: HTMLElement) => void = () => {},
): Feed {
  let source: EventSource;
  let heardAt = Date.now();
  let lastId = "";
  let pauseMs = FIRST_PAUSE_MS;
  let again: number | undefined;
  let isOver = false;

  const heard = (event?: Event): void => {
    heardAt = Date.now();
    pauseMs = FIRST_PAUSE_MS;
    if (event instanceof MessageEvent && event.lastEventId) lastId = event.lastEventId;
    show(true, 0);
  };
  const goodbye = (): void => {
    isOver = true;
    source.close();
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  };
  const swap = (name: string, event: MessageEvent<string>): void => {
    heard(event);
    const element = document.querySelector<HTMLElement>(`[data-part="${name}"]`);
    if (!element) return;
    keepFocus(element, () => {
      element.innerHTML = event.data;
      htmx.process(element);
    });
    onPart(name, element);
  };
  // An EventSource asks again by itself after a cut, but gives up for good when it is
  // answered by anything but a feed: the database is away, or the session is over. The
  // page must not be loaded anew then: a voter may be on its phone, and notes in it.
  const failed = (): void => {
    if (source.readyState !== EventSource.CLOSED || isOver || again !== undefined) return;
    again = window.setTimeout(() => {
      again = undefined;
      void isSignedIn().then((is) => (is ? connect() : goodbye()));
    }, pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  };
  const connect = (): void => {
    const has = lastId ? `${address.includes("?") ? "&" : "?"}has=${encodeURIComponent(lastId)}` : "";
    source = new EventSource(address + has);
    source.addEventListener("open", heard);
    source.addEventListener("beat", heard);
    source.addEventListener("goodbye", goodbye);
    source.addEventListener("error", failed);
    for (const name of parts) {
      source.addEventListener(name, (event) => swap(name, event as MessageEvent<string>));
    }
  };
  connect();
  const watch = window.setInterval(() => {
    const silentMs = Date.now() - heardAt;
    if (silentMs > STALE_AFTER_MS && !isOver) show(false, Math.round(silentMs / 1000));
  }, 1000);
  return {
    close: () => {
      isOver = true;
      window.clearInterval(watch);
      window.clearTimeout(again);
      source.close();
    },
  };
}

// Who is signed out is sent to the door; whatever else is wrong passes.
async function isSignedIn(): Promise<boolean> {
  try {
    const answer = await fetch("/me", { method: "HEAD", redirect: "manual" });
    return answer.type !== "opaqueredirect";
  } catch {
    return true;
  }
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
