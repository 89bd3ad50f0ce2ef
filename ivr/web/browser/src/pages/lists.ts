// Lists: a file is dropped and sent with its progress; a page of an import follows the
// work by the feed for as long as something is at work.
import { openFeed } from "../feed.ts";
import { CSRF, csrf } from "../post.ts";
import { humanBytes, tooBig } from "../upload.ts";
import { loadTexts, t } from "../texts.ts";

await loadTexts();
const zone = document.querySelector<HTMLElement>("[data-drop]");
if (zone) watchZone(zone);
const part = document.querySelector<HTMLElement>("[data-import]");
if (part && isAtWork()) follow(part.dataset.import ?? "");

function watchZone(zone: HTMLElement): void {
  const input = zone.querySelector<HTMLInputElement>("[data-drop-file]");
  input?.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) send(zone, file);
  });
  // Anywhere on the page, so that a file beside the zone does not replace the page.
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (file) send(zone, file);
  });
}

function send(zone: HTMLElement, file: File): void {
  const going = zone.querySelector<HTMLElement>("[data-drop-going]");
  const bar = zone.querySelector("progress");
  const share = zone.querySelector<HTMLElement>("[data-drop-share]");
  if (!going || !bar || !share || !going.hidden) return;
  const most = Number(zone.dataset.max);
  tell(zone, tooBig(file.size, most) ? t("The file is too big: save it as CSV, or divide it.") : "");
  if (tooBig(file.size, most)) return;
  // XMLHttpRequest: fetch tells nothing of how much has been sent.
  const request = new XMLHttpRequest();
  const kind = zone.dataset.kind ?? "list";
  request.open("POST", `/lists/imports/new?kind=${kind}&file=${encodeURIComponent(file.name)}`);
  request.setRequestHeader(CSRF, csrf());
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.total ? event.loaded / event.total : 0;
    share.textContent = `${humanBytes(event.loaded)} / ${humanBytes(event.total)}`;
  });
  request.addEventListener("loadend", () => {
    going.hidden = true;
    const said = answerOf(request.responseText);
    if (request.status === 201 && said.where) location.assign(said.where);
    else if (request.status === 401) location.assign("/sign-in?next=/lists");
    else if (said.message) tell(zone, [said.message, said.remedy].filter(Boolean).join(" – "));
    else tell(zone, t("The file did not get through. Please try again."));
  });
  zone.querySelector("[data-drop-stop]")?.addEventListener("click", () => request.abort(), { once: true });
  going.hidden = false;
  request.send(file);
}

interface Answer {
  where?: string;
  message?: string;
  remedy?: string;
}

function answerOf(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}

function tell(zone: HTMLElement, problem: string): void {
  const line = zone.querySelector<HTMLElement>("[data-drop-problem]");
  if (!line) return;
  line.textContent = problem;
  line.hidden = !problem;
}

function follow(importId: string): void {
  const feed = openFeed(`/feed/lists/imports/${importId}`, ["import"], () => {
    // Now a person is to act; what they type must not be replaced.
    if (!isAtWork()) {
      feed.close();
      const state = document.querySelector<HTMLElement>("[data-feed-state]");
      if (state) state.textContent = "";
    }
  });
}

function isAtWork(): boolean {
  return document.querySelector<HTMLElement>("[data-at-work]")?.dataset.atWork === "yes";
}
