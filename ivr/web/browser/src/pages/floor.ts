// An in-charge's floor: live parts, dialogs for what is done, the last hour as a chart.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { tick } from "../clocks.ts";
import { PhonePanel } from "../desk_phone.ts";
import { openFeed } from "../feed.ts";
import { sendJson } from "../post.ts";
import { loadTexts, t } from "../texts.ts";

const PARTS = ["alarms", "now", "centres", "desks", "prompts", "campaigns", "today", "trunks"];
const centre = document.querySelector<HTMLElement>("[data-centre]")?.dataset.centre ?? "";
const asked = `centre=${encodeURIComponent(centre)}`;

await loadTexts();
const phone = new PhonePanel();
openFeed(`/feed/floor?${asked}`, PARTS, () => tick());
void phone.open();

document.querySelector<HTMLFormElement>("[data-choose]")?.addEventListener("change", (event) => {
  (event.currentTarget as HTMLFormElement).submit();
});

// A button with data-open shows that dialog; the form is sent as JSON to data-url, with
// what data-body has besides. What came of it, the feed shows.
let down = "";

function button(event: Event): HTMLButtonElement | null {
  return event.target instanceof Element ? event.target.closest("button") : null;
}

document.addEventListener("click", (event) => {
  const pressed = button(event);
  if (pressed) press(pressed);
});
// A part that is swapped between down and up loses its click: the same button is
// there again, under the same id.
document.addEventListener("pointerdown", (event) => {
  down = button(event)?.id ?? "";
});
document.addEventListener("pointerup", (event) => {
  const [id, up] = [down, button(event)];
  if (id && up?.id === id && !up.matches(":active")) press(up);
});

function press(pressed: HTMLButtonElement): void {
  down = "";
  if (pressed.dataset.open) open(pressed);
  else if (pressed.dataset.why) void why(pressed.dataset.why);
  else if ("close" in pressed.dataset) pressed.closest("dialog")?.close();
}

function open(from: HTMLButtonElement): void {
  const dialog = document.getElementById(from.dataset.open ?? "");
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  const form = dialog.querySelector("form");
  if (!form) return;
  form.reset();
  form.dataset.url = from.dataset.url ?? "";
  form.dataset.body = from.dataset.body ?? "{}";
  form.dataset.from = from.id;
  const about = dialog.querySelector("[data-about]");
  if (about) about.textContent = from.dataset.about ?? "";
  fail(form, "");
  dialog.showModal();
  form.querySelector<HTMLElement>("input, textarea, button")?.focus();
}

for (const form of document.querySelectorAll<HTMLFormElement>("dialog form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
}

async function send(form: HTMLFormElement): Promise<void> {
  const submit = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (submit) submit.disabled = true;
  try {
    const fields = Object.fromEntries(new FormData(form));
    let url = form.dataset.url ?? "";
    for (const { name, value } of form.querySelectorAll<HTMLSelectElement>("[data-in-url]")) {
      url = url.replace(`{${name}}`, encodeURIComponent(value));
      delete fields[name];
    }
    const body = { ...(JSON.parse(form.dataset.body ?? "{}") as object), ...fields };
    if (fields["phone"] === "browser" && !(await phone.ready())) {
      fail(form, t("The phone in this page is not ready: see what it says above."));
      return;
    }
    const answer = await sendJson(url, body);
    if (!answer.ok) {
      const said = (await answer.json().catch(() => ({}))) as { message_hi?: string; message_en?: string };
      const inHindi = document.documentElement.lang === "hi";
      fail(form, (inHindi ? said.message_hi : said.message_en) ?? t("That did not work"));
      return;
    }
    form.closest("dialog")?.close();
    document.getElementById(form.dataset.from ?? "")?.focus();
  } catch {
    fail(form, t("No connection: nothing was changed"));
  } finally {
    if (submit) submit.disabled = false;
  }
}

function fail(form: HTMLFormElement, text: string): void {
  const place = form.querySelector<HTMLElement>("[data-failed]");
  if (!place) return;
  place.hidden = text === "";
  place.textContent = text;
}

async function why(campaign: string): Promise<void> {
  const place = document.getElementById("why");
  if (!place) return;
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/floor/why/${encodeURIComponent(campaign)}?${asked}`);
    if (answer.ok) place.innerHTML = await answer.text();
    else place.textContent = t("That did not work");
  } catch {
    place.textContent = t("No connection: nothing was changed");
  }
  place.removeAttribute("aria-busy");
  place.focus();
  place.scrollIntoView({ block: "nearest" });
}

// The last hour. A canvas cannot be read aloud: the sentence below it says the sums.
interface Minute {
  at: string;
  dialled: number;
  answered: number;
  abandoned: number;
}

let chart: uPlot | null = null;

async function drawHour(): Promise<void> {
  const answer = await fetch(`/api/v1/floor/hour?${asked}`).catch(() => null);
  const place = document.getElementById("chart");
  if (!answer?.ok || !place) return;
  const minutes = (await answer.json()) as Minute[];
  const sum = (of: (one: Minute) => number): number =>
    minutes.reduce((total, one) => total + of(one), 0);
  const words = document.querySelector<HTMLElement>("[data-hour]");
  if (minutes.length === 0) return;
  if (words) {
    words.textContent = t("%(dialled)s dialled, %(answered)s answered, %(abandoned)s abandoned", {
      dialled: sum((one) => one.dialled),
      answered: sum((one) => one.answered),
      abandoned: sum((one) => one.abandoned),
    });
  }
  const data = filled(minutes);
  if (chart) chart.setData(data);
  else chart = new uPlot(options(place), data, place);
}

function filled(minutes: Minute[]): uPlot.AlignedData {
  const known = new Map(minutes.map((one) => [Math.floor(Date.parse(one.at) / 60_000), one]));
  const last = Math.max(...known.keys());
  const times = Array.from({ length: 60 }, (_, n) => last - 59 + n);
  const of = (read: (one: Minute) => number): number[] =>
    times.map((minute) => {
      const one = known.get(minute);
      return one ? read(one) : 0;
    });
  return [
    times.map((minute) => minute * 60),
    of((one) => one.dialled),
    of((one) => one.answered),
    of((one) => one.abandoned),
  ];
}

function options(place: HTMLElement): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 } };
  return {
    width: Math.max(240, place.clientWidth),
    height: 200,
    legend: { live: false },
    cursor: { show: false },
    axes: [
      { ...axis, values: (_, at) => at.map((s) => clock.format(s * 1000)) },
      { ...axis, size: 44 },
    ],
    series: [
      {},
      { label: t("Dialled"), stroke: colour("--soft"), width: 2 },
      { label: t("Answered"), stroke: colour("--main"), width: 2 },
      { label: t("Abandoned"), stroke: colour("--stop"), width: 2, dash: [6, 4] },
    ],
  };
}

const clock = new Intl.DateTimeFormat("en-IN", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "Asia/Kolkata",
});

window.addEventListener("resize", () => {
  const place = document.getElementById("chart");
  if (chart && place) chart.setSize({ width: Math.max(240, place.clientWidth), height: 200 });
});
void drawHour();
window.setInterval(() => void drawHour(), 30_000);
